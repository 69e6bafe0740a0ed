using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Kubernetes;

/// <summary>JSON trees to UTF-8 and back, without reflection and at the depth that schemas of custom resources need.</summary>
internal static class JsonText
{
    /// <summary>Schemas of custom resources nest deeper than the JSON reader's default of 64.</summary>
    public const int MaxDepth = 512;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaxDepth };
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = MaxDepth };

    public static byte[] Write(JsonNode node)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Compact))
        {
            node.WriteTo(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static JsonObject Read(byte[] json) => JsonNode.Parse(json, documentOptions: Deep)!.AsObject();

    public static async Task<JsonNode?> ReadAsync(Stream stream, CancellationToken cancellationToken) =>
        await JsonNode.ParseAsync(stream, documentOptions: Deep, cancellationToken: cancellationToken);
}
