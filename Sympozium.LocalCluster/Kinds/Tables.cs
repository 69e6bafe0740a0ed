using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Printing;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>Lists as <c>meta.k8s.io/v1</c> tables, which is what <c>kubectl get</c> prints.</summary>
public static class Tables
{
    /// <summary>Columns by definition: paths are parsed once, and forgotten together with the definition.</summary>
    private static readonly ConditionalWeakTable<KindDefinition, Column[]> Known = [];

    /// <summary>Makes a table.</summary>
    /// <param name="kind">The items' kind.</param>
    /// <param name="items">The objects, in order.</param>
    /// <param name="resourceVersion">Version of the list, or of the one object.</param>
    /// <param name="includeObject">None, Metadata or Object: what each row carries along.</param>
    /// <param name="now">The time ages count to.</param>
    public static JsonObject Render(KindDefinition kind, IReadOnlyList<JsonObject> items, string resourceVersion, string includeObject, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(items);
        Column[] columns = Known.GetValue(kind, definition => definition.IsCustom ? CustomColumns.For(definition) : CoreColumns.For(definition.Type.Kind));
        JsonArray rows = [];
        foreach (JsonObject item in items)
        {
            rows.Add(Row(kind, columns, item, includeObject, now));
        }

        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = new JsonObject { ["resourceVersion"] = resourceVersion },
            ["columnDefinitions"] = new JsonArray([.. columns.Select(column => column.Definition())]),
            ["rows"] = rows,
        };
    }

    private static JsonObject Row(KindDefinition kind, Column[] columns, JsonObject item, string includeObject, DateTimeOffset now)
    {
        JsonObject row = new() { ["cells"] = new JsonArray([.. columns.Select(column => column.Cell(item, now))]) };
        if (!kind.IsCustom && kind.Type.Kind == "Pod" && PodColumns.Conditions(item) is { } conditions)
        {
            row["conditions"] = conditions;
        }

        row["object"] = includeObject switch
        {
            "None" => null,
            "Object" => item.DeepClone(),
            _ => new JsonObject
            {
                ["kind"] = "PartialObjectMetadata",
                ["apiVersion"] = "meta.k8s.io/v1",
                ["metadata"] = item["metadata"]?.DeepClone() ?? new JsonObject(),
            },
        };
        return row;
    }
}
