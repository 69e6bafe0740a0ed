using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>Validates environment variables and their sources.</summary>
internal static class EnvironmentValidation
{
    private static readonly string[] Sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

    private static readonly string[] Fields =
    [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP",
        "status.podIPs",
    ];

    public static void Variables(JsonObject container, string path, List<FieldProblem> problems)
    {
        foreach ((int index, JsonObject variable) in container.Items("env"))
        {
            string at = PodValidation.At($"{path}.env", index);
            string name = variable.Text("name");
            if (name.Length == 0)
            {
                problems.Required($"{at}.name");
            }
            else
            {
                problems.Invalid($"{at}.name", name, Names.EnvironmentName(name));
            }

            if (variable.Map("valueFrom") is { } source)
            {
                Source(variable, source, $"{at}.valueFrom", problems);
            }
        }

        foreach ((int index, JsonObject source) in container.Items("envFrom"))
        {
            Whole(source, PodValidation.At($"{path}.envFrom", index), problems);
        }
    }

    private static void Source(JsonObject variable, JsonObject source, string path, List<FieldProblem> problems)
    {
        int count = Sources.Count(name => source[name] is not null);
        if (variable.Text("value").Length > 0)
        {
            if (count > 0)
            {
                problems.Invalid(path, "", ["may not be specified when `value` is not empty"]);
            }
        }
        else if (count != 1)
        {
            string must = $"must specify one of: `{string.Join("`, `", Sources.SkipLast(1))}`";
            problems.Invalid(path, "", [count == 0 ? $"{must} or `fileKeyRef`" : "may not have more than one field specified at a time"]);
        }

        if (source.Map("fieldRef") is { } field)
        {
            FieldReference(field, $"{path}.fieldRef", Fields, problems);
        }

        foreach (string kind in (string[])["configMapKeyRef", "secretKeyRef"])
        {
            if (source.Map(kind) is not { } reference)
            {
                continue;
            }

            string key = reference.Text("key");
            if (key.Length == 0)
            {
                problems.Required($"{path}.{kind}.key");
            }
            else
            {
                problems.Invalid($"{path}.{kind}.key", key, Names.ConfigKey(key));
            }
        }

        if (source.Map("resourceFieldRef") is { } resource && resource.Text("resource").Length == 0)
        {
            problems.Required($"{path}.resourceFieldRef.resource");
        }
    }

    public static void FieldReference(JsonObject reference, string path, IReadOnlyList<string> supported, List<FieldProblem> problems)
    {
        string field = reference.Text("fieldPath");
        if (field.Length == 0)
        {
            problems.Required($"{path}.fieldPath");
            return;
        }

        bool subscript = field.EndsWith("']", StringComparison.Ordinal)
            && (field.StartsWith("metadata.labels['", StringComparison.Ordinal) || field.StartsWith("metadata.annotations['", StringComparison.Ordinal));
        if (!subscript && !supported.Contains(field))
        {
            problems.NotSupported($"{path}.fieldPath", field, supported);
        }
    }

    private static void Whole(JsonObject source, string path, List<FieldProblem> problems)
    {
        if (source.Text("prefix") is { Length: > 0 } prefix)
        {
            problems.Invalid($"{path}.prefix", prefix, Names.EnvironmentName(prefix));
        }

        JsonObject? map = source.Map("configMapRef");
        JsonObject? secret = source.Map("secretRef");
        if (map is null == secret is null)
        {
            problems.Invalid(path, "", [map is null ? "must specify one of: `configMapRef` or `secretRef`" : "may not have more than one field specified at a time"]);
        }

        if (map is not null && map.Text("name").Length == 0)
        {
            problems.Required($"{path}.configMapRef.name");
        }

        if (secret is not null && secret.Text("name").Length == 0)
        {
            problems.Required($"{path}.secretRef.name");
        }
    }
}
