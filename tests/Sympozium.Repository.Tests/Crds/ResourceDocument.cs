using System.Text;
using System.Text.Json.Nodes;

namespace Sympozium.Repository.Tests.Crds;

/// <summary>Makes <c>docs/resources.md</c>: every field of every kind, with its type, its default and its meaning.</summary>
internal static class ResourceDocument
{
    private const string Head = """
        # Resources

        Generated from the same records as [k8s/crds](../k8s/crds); do not edit. To write anew: `SYMPOZIUM_REGENERATE=1 ./test --project Repository`.
        Group `sympozium.ai`, version `v1alpha1`, category `sympozium`, all namespaced, each with a status subresource. Samples:
        [k8s/samples](../k8s/samples); older spellings of them: [k8s/samples/legacy](../k8s/samples/legacy). `[]` is each item of a list, `*` each key of a map;
        **bold** fields are required. The same text is in the cluster: `kubectl explain agentruns.spec --recursive`.


        """;

    public static string Generate(IReadOnlyList<CrdDefinition> definitions)
    {
        var text = new StringBuilder(Head);
        foreach (CrdDefinition[] kinds in definitions.GroupBy(definition => definition.Spec).Select(group => group.ToArray()))
        {
            Kind(text, kinds);
        }

        return text.ToString().TrimEnd() + "\n";
    }

    private static void Kind(StringBuilder text, CrdDefinition[] kinds)
    {
        string shortNames = string.Join(", ", kinds.SelectMany(kind => kind.ShortNames).Select(name => $"`{name}`"));
        text.Append("## ").AppendJoin(" and ", kinds.Select(kind => kind.Type.Kind)).Append("\n\n")
            .Append(Escaped(SchemaBuilder.Summary(kinds[0].Spec))).Append('\n')
            .Append("`kubectl get ").AppendJoin("` or `kubectl get ", kinds.Select(kind => kind.Type.Plural)).Append('`')
            .Append(shortNames.Length > 0 ? $", short {shortNames}.\n\n" : ".\n\n");
        JsonNode schema = CrdGenerator.Definition(kinds[0])["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!;
        text.Append("| field | type | default | meaning |\n|---|---|---|---|\n");
        Fields(text, (JsonObject)schema["spec"]!, "spec");
        Fields(text, (JsonObject)schema["status"]!, "status");
        text.Append('\n');
    }

    private static void Fields(StringBuilder text, JsonObject schema, string path)
    {
        string[] required = [.. (schema["required"] as JsonArray ?? []).Select(name => (string)name!)];
        foreach ((string name, JsonNode? node) in schema["properties"] as JsonObject ?? [])
        {
            var field = (JsonObject)node!;
            string shown = $"{path}.{name}";
            string description = (string)field["description"]!;
            text.Append("| ").Append(required.Contains(name) ? $"**`{shown}`**" : $"`{shown}`")
                .Append(" | ").Append(Type(field))
                .Append(" | ").Append(field["default"] is { } value ? $"`{value}`" : "")
                .Append(" | ").Append(Escaped(description)).Append(" |\n");

            // The fields below a second spelling are those of the first, and a condition is the usual one.
            if (!description.StartsWith("Another spelling of ", StringComparison.Ordinal) && name != "conditions")
            {
                (JsonObject inner, string suffix) = Inner(field);
                Fields(text, inner, shown + suffix);
            }
        }
    }

    private static (JsonObject Schema, string Suffix) Inner(JsonObject field)
    {
        string suffix = "";
        while ((field["items"] ?? field["additionalProperties"]) is JsonObject inner)
        {
            suffix += field["items"] is null ? ".*" : "[]";
            field = inner;
        }

        return (field, suffix);
    }

    private static string Type(JsonObject field)
    {
        if (field["enum"] is JsonArray words)
        {
            return string.Join(", ", words.Select(word => $"`{word}`"));
        }

        if (field["items"] is JsonObject items)
        {
            return "list of " + Type(items);
        }

        if (field["additionalProperties"] is JsonObject values)
        {
            return "map of " + Type(values);
        }

        return field["x-kubernetes-int-or-string"] is not null ? "quantity" : (string?)field["format"] ?? (string?)field["type"] ?? "any";
    }

    private static string Escaped(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
