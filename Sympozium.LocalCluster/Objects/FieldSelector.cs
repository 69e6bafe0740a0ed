using System.Text.Json;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>A field selector: <c>metadata.name=a,status.phase!=Running</c>, only on the fields that the kind allows.</summary>
public sealed class FieldSelector
{
    public static readonly FieldSelector Everything = new([]);

    private readonly List<Requirement> _requirements;

    private FieldSelector(List<Requirement> requirements) => _requirements = requirements;

    public bool IsEverything => _requirements.Count == 0;

    /// <summary>The one name that it asks for; null when it does not.</summary>
    public string? Name => _requirements.Find(requirement => requirement is { Path: "metadata.name", IsEqual: true })?.Value;

    /// <exception cref="Sympozium.Kubernetes.Api.KubernetesException">400, with the words of Kubernetes.</exception>
    public static FieldSelector Parse(KindDefinition kind, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Everything;
        }

        List<Requirement> requirements = [];
        foreach (string term in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            Requirement requirement = ReadTerm(text, term);
            if (requirement.Path is not ("metadata.name" or "metadata.namespace") && !kind.SelectableFields.Contains(requirement.Path))
            {
                throw Refusals.BadRequest(Unsupported(kind, requirement.Path));
            }

            requirements.Add(requirement);
        }

        return new FieldSelector(requirements);
    }

    public bool Matches(StoredObject stored)
    {
        foreach (Requirement requirement in _requirements)
        {
            if ((Read(stored, requirement.Path) == requirement.Value) != requirement.IsEqual)
            {
                return false;
            }
        }

        return true;
    }

    private static string Read(StoredObject stored, string path) => path switch
    {
        "metadata.name" => stored.Key.Name,
        "metadata.namespace" => stored.Key.Namespace,
        "status.successful" => ReadPath(stored.Value.Span, "status.succeeded") is { Length: > 0 } count ? count : "0",
        "source" => ReadPath(stored.Value.Span, "source.component"),
        "spec.unschedulable" or "spec.hostNetwork" => ReadPath(stored.Value.Span, path) is { Length: > 0 } flag ? flag : "false",
        _ => ReadPath(stored.Value.Span, path),
    };

    private static string ReadPath(ReadOnlySpan<byte> json, string path)
    {
        Utf8JsonReader reader = new(json);
        reader.Read();
        ReadOnlySpan<char> rest = path;
        while (reader.TokenType == JsonTokenType.StartObject)
        {
            int dot = rest.IndexOf('.');
            ReadOnlySpan<char> segment = dot < 0 ? rest : rest[..dot];
            if (!Enter(ref reader, segment))
            {
                return "";
            }

            if (dot < 0)
            {
                return Scalar(ref reader);
            }

            rest = rest[(dot + 1)..];
        }

        return "";
    }

    private static bool Enter(ref Utf8JsonReader reader, ReadOnlySpan<char> name)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    private static string Scalar(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
        _ => "",
    };

    private static Requirement ReadTerm(string text, string term)
    {
        int unequal = term.IndexOf("!=", StringComparison.Ordinal);
        if (unequal >= 0)
        {
            return new Requirement(term[..unequal], term[(unequal + 2)..], IsEqual: false);
        }

        int equal = term.IndexOf('=', StringComparison.Ordinal);
        if (equal < 0)
        {
            throw Refusals.BadRequest($"invalid selector: '{text}'; can't understand '{term}'");
        }

        int value = equal + 1 < term.Length && term[equal + 1] == '=' ? equal + 2 : equal + 1;
        return new Requirement(term[..equal], term[value..], IsEqual: true);
    }

    private static string Unsupported(KindDefinition kind, string path)
    {
        if (kind.Type.Kind == "Job" && !kind.IsCustom)
        {
            return $"field label \"{path}\" not supported for Job";
        }

        return kind.IsCustom || kind.SelectableFields.Count > 0
            ? $"field label not supported: {path}"
            : $"\"{path}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";
    }

    private sealed record Requirement(string Path, string Value, bool IsEqual);
}
