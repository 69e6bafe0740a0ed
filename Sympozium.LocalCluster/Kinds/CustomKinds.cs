using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>Custom kinds from their CustomResourceDefinitions.</summary>
public static class CustomKinds
{
    /// <summary>One definition per served version. What the definition lacks is added to <paramref name="problems"/>.</summary>
    public static IReadOnlyList<KindDefinition> FromCrd(JsonObject crd, List<FieldProblem> problems)
    {
        List<KindDefinition> kinds = [];
        if (crd["spec"] is not JsonObject spec || spec["names"] is not JsonObject names || spec["versions"] is not JsonArray versions)
        {
            problems.Add(new FieldProblem("spec", ProblemReasons.Required, "Required value"));
            return kinds;
        }

        string? stored = versions.OfType<JsonObject>().Where(version => Flag(version, "storage")).Select(version => Text(version, "name")).FirstOrDefault();
        foreach (JsonObject version in versions.OfType<JsonObject>())
        {
            if (Flag(version, "served"))
            {
                kinds.Add(Version(spec, names, version) with { StoredApiVersion = stored is null ? null : $"{Text(spec, "group")}/{stored}" });
            }
        }

        return kinds;
    }

    private static KindDefinition Version(JsonObject spec, JsonObject names, JsonObject version)
    {
        string group = Text(spec, "group");
        string kind = Text(names, "kind");
        string name = Text(version, "name");
        JsonObject? scale = (version["subresources"] as JsonObject)?["scale"] as JsonObject;
        return new KindDefinition
        {
            Type = new ResourceType(group, name, Text(names, "plural"), kind, Text(spec, "scope") == "Namespaced"),
            Singular = Text(names, "singular") is { Length: > 0 } singular ? singular : kind.ToLowerInvariant(),
            ListKind = Text(names, "listKind") is { Length: > 0 } list ? list : kind + "List",
            ShortNames = Texts(names, "shortNames"),
            Categories = Texts(names, "categories"),
            Schema = (version["schema"] as JsonObject)?["openAPIV3Schema"] is JsonObject schema ? Schema.Parse(schema) : Schema.Open,
            HasStatus = (version["subresources"] as JsonObject)?.ContainsKey("status") == true,
            Scale = scale is null
                ? null
                : new ScalePaths(Text(scale, "specReplicasPath"), Text(scale, "statusReplicasPath"), Text(scale, "labelSelectorPath") is { Length: > 0 } path ? path : null),
            IsCustom = true,
            IsStorageVersion = Flag(version, "storage"),
            DeprecationWarning = Deprecation(spec, version, group, kind),
            Columns = [.. (version["additionalPrinterColumns"] as JsonArray ?? []).OfType<JsonObject>().Select(Column)],
            SelectableFields = [.. (version["selectableFields"] as JsonArray ?? []).OfType<JsonObject>().Select(field => Text(field, "jsonPath").TrimStart('.'))],
        };
    }

    /// <summary>The definition's own words, or a sentence that names the newest version which is not deprecated.</summary>
    private static string? Deprecation(JsonObject spec, JsonObject version, string group, string kind)
    {
        if (!Flag(version, "deprecated"))
        {
            return null;
        }

        if (Text(version, "deprecationWarning") is { Length: > 0 } warning)
        {
            return warning;
        }

        string? better = (spec["versions"] as JsonArray ?? []).OfType<JsonObject>()
            .Where(other => Flag(other, "served") && !Flag(other, "deprecated"))
            .Select(other => Text(other, "name"))
            .Order(ApiVersions.NewestFirst)
            .FirstOrDefault();
        string name = Text(version, "name");
        string advice = better is null || ApiVersions.NewestFirst.Compare(better, name) > 0 ? "" : $"; use {group}/{better} {kind}";
        return $"{group}/{name} {kind} is deprecated{advice}";
    }

    private static PrinterColumn Column(JsonObject column) => new(
        Text(column, "name"), Text(column, "type"), Text(column, "format"), Text(column, "jsonPath"),
        column["priority"] is JsonValue value && value.TryGetValue(out int priority) ? priority : 0, Text(column, "description"));

    private static string Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    private static bool Flag(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    private static List<string> Texts(JsonObject json, string name) => json[name] is JsonArray list ? [.. list.Select(node => node?.ToString() ?? "")] : [];
}
