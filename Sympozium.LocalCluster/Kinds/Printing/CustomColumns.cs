using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Printing;

/// <summary>The columns of custom kinds, by <c>additionalPrinterColumns</c>.</summary>
internal static class CustomColumns
{
    public static Column[] For(KindDefinition kind)
    {
        if (kind.Columns.Count == 0)
        {
            return [Column.Named, Column.Age with { Type = "date" }];
        }

        return [Column.Named, .. kind.Columns.Select(Make)];
    }

    private static Column Make(PrinterColumn column)
    {
        JsonPath? path = JsonPath.TryParse(column.JsonPath);
        string description = column.Description.Length > 0 ? column.Description : $"Custom resource definition column (in JSONPath format): {column.JsonPath}";
        return new Column(column.Name, column.Type, column.Format, column.Priority, description, (item, now) => Cell(column.Type, path, item, now));
    }

    private static JsonNode? Cell(string type, JsonPath? path, JsonObject item, DateTimeOffset now)
    {
        JsonNode? value = path?.Find(item).FirstOrDefault();
        if (value is null)
        {
            return null;
        }

        return type switch
        {
            "string" => GoJson.Text(value) ?? value.ToJsonString(JsonText.Relaxed),
            "integer" => GoJson.Integer(value) is { } whole ? JsonValue.Create(whole) : GoJson.Number(value) is { } real ? JsonValue.Create((long)real) : null,
            "number" => GoJson.Number(value) is null ? null : value.DeepClone(),
            "boolean" => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? value.DeepClone() : null,
            "date" => GoJson.Text(value) is not { } time ? null : Ages.Parse(time) is { } start ? Ages.Show(now - start) : "<invalid>",
            _ => null,
        };
    }
}
