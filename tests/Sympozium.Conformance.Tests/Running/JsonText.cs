using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Conformance.Tests.Running;

/// <summary>Writes JSON with a space after commas and colons: some errors quote a request's body, and the recorded ones were sent so.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(JsonNode? node) => node switch
    {
        JsonObject map => "{" + string.Join(", ", map.Select(p => Write((JsonNode)p.Key) + ": " + Write(p.Value))) + "}",
        JsonArray list => "[" + string.Join(", ", list.Select(Write)) + "]",
        null => "null",
        _ => node.ToJsonString(Readable),
    };
}
