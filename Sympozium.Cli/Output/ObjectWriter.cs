using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Cli.Output;

/// <summary>Writes objects in the formats that are not tables.</summary>
internal static class ObjectWriter
{
    /// <summary>Writes one object as itself, several as a <c>v1 List</c>.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="format">json, yaml, name or jsonpath=...</param>
    /// <param name="single">Whether one object was asked for by name.</param>
    /// <param name="types">Kind of each object.</param>
    /// <param name="objects">The objects; they become part of the list.</param>
    public static void Write(TextWriter writer, string format, bool single, IReadOnlyList<ResourceType> types, IReadOnlyList<JsonObject> objects)
    {
        if (format == OutputFormats.Name)
        {
            for (int i = 0; i < objects.Count; i++)
            {
                writer.WriteLine(ResourceNames.Of(types[i], objects[i]));
            }
            return;
        }
        JsonObject root = single ? objects[0] : new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "List",
            ["items"] = new JsonArray([.. objects]),
            ["metadata"] = new JsonObject { ["resourceVersion"] = "" },
        };
        if (format.StartsWith(OutputFormats.JsonPathPrefix, StringComparison.Ordinal))
        {
            writer.Write(JsonPathTemplate.Parse(format[OutputFormats.JsonPathPrefix.Length..]).Evaluate(root));
            return;
        }
        OutputFormats.WriteObject(writer, root, format);
    }
}
