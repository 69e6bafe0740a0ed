namespace Sympozium.Abstractions.Resources;

/// <summary>Rules of Model that a schema cannot say: where the weights come from and what serves them.</summary>
internal static class ModelChecks
{
    public static void Check(ModelSpec spec, ICollection<ResourceProblem> problems)
    {
        Source(spec, problems);
        if (spec.Inference is { } inference)
        {
            if (inference.ServerType == "custom" && string.IsNullOrEmpty(inference.Image))
            {
                problems.Add(new("spec.inference.image", "is required with serverType custom"));
            }

            FieldChecks.VariableList("spec.inference.env", inference.Env, problems);
            FieldChecks.Name("spec.inference.huggingFaceTokenSecret", inference.HuggingFaceTokenSecret, "Secret", problems);
        }

        if (spec.Placement is { Mode: null or "manual" } placement && (placement.MinTps is not null || placement.MinComputeTflops is not null))
        {
            problems.Add(new("spec.placement", "has minTps or minComputeTFLOPS, which mode manual does not look at; use mode auto or dra, or spec.nodeSelector"));
        }
    }

    private static void Source(ModelSpec spec, ICollection<ResourceProblem> problems)
    {
        ModelSourceSpec source = spec.Source;
        if (string.IsNullOrEmpty(source.Url) && string.IsNullOrEmpty(source.ModelId))
        {
            problems.Add(new("spec.source", "must have url (a file to download) or modelID (an id that the server downloads itself)"));
        }

        FieldChecks.Url("spec.source.url", source.Url, problems);
        if (source.Filename is { } file && (file.Contains('/', StringComparison.Ordinal) || file.StartsWith('.') || file.Any(char.IsControl)))
        {
            problems.Add(new("spec.source.filename", $"'{file}' must be a file's name without a path and must not begin with a dot"));
        }

        if (source.Sha256 is not { } sum)
        {
            return;
        }

        if (sum.Length != 64 || !sum.All(char.IsAsciiHexDigit))
        {
            problems.Add(new("spec.source.sha256", $"'{sum}' is not a SHA-256: it has 64 hexadecimal digits"));
        }

        if (string.IsNullOrEmpty(source.Url))
        {
            problems.Add(new("spec.source.sha256", "can be checked for a file that url names only; name its url, or remove the sum"));
        }
    }
}
