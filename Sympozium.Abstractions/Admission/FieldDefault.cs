using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Admission;

/// <summary>A field that admission fills in because its writer left it out.</summary>
/// <param name="Path">Names of the fields from the root, for example <c>spec</c>, <c>timeout</c>.</param>
/// <param name="Value">The value.</param>
public sealed record FieldDefault(IReadOnlyList<string> Path, JsonNode Value)
{
    /// <summary>Writes the fields into an object.</summary>
    public static void Apply(JsonObject resource, IEnumerable<FieldDefault> defaults)
    {
        foreach (FieldDefault field in defaults)
        {
            JsonObject parent = resource;
            foreach (string name in field.Path.SkipLast(1))
            {
                if (parent[name] is not JsonObject child)
                {
                    parent[name] = child = [];
                }

                parent = child;
            }

            parent[field.Path[^1]] = field.Value.DeepClone();
        }
    }

    /// <summary>The same as a JSON patch (RFC 6902) of <paramref name="resource"/>, with the objects that are missing on the way.</summary>
    public static JsonArray Patch(JsonObject resource, IEnumerable<FieldDefault> defaults)
    {
        var patch = new JsonArray();
        var made = new HashSet<string>(StringComparer.Ordinal);
        foreach (FieldDefault field in defaults)
        {
            JsonObject? parent = resource;
            string pointer = "";
            foreach (string name in field.Path.SkipLast(1))
            {
                pointer += "/" + Escape(name);
                parent = parent?[name] as JsonObject;
                if (parent is null && made.Add(pointer))
                {
                    patch.Add(Add(pointer, new JsonObject()));
                }
            }

            patch.Add(Add($"{pointer}/{Escape(field.Path[^1])}", field.Value.DeepClone()));
        }

        return patch;
    }

    private static JsonObject Add(string pointer, JsonNode value) => new() { ["op"] = "add", ["path"] = pointer, ["value"] = value };

    private static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
