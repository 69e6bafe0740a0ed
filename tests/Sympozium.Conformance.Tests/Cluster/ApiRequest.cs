using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Conformance.Tests.Cluster;

/// <summary>One raw request.</summary>
/// <param name="Method">The verb.</param>
/// <param name="Path">Path and query as they go on the wire.</param>
/// <param name="Token">That bearer token instead of the kubeconfig's user; empty for none.</param>
internal sealed record ApiRequest(string Method, string Path, string? Token = null)
{
    /// <summary>Added to, or put in the place of, the usual ones; null leaves one out.</summary>
    public IReadOnlyDictionary<string, string?> Headers { get; init; } = new Dictionary<string, string?>();

    public byte[]? Body { get; init; }
}

/// <summary>What came back.</summary>
internal sealed record ApiAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The body as text, unpacked.</summary>
    public string Text { get; } = Unpacked(Headers, Body);

    /// <summary>The body as a JSON object or array, else null.</summary>
    public JsonNode? Document => Parsed(Text);

    public static IReadOnlyDictionary<string, string> HeadersOf(HttpResponseMessage response) =>
        response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
            .ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase);

    public static JsonNode? Parsed(string text)
    {
        try
        {
            return JsonNode.Parse(text) is JsonObject or JsonArray ? JsonNode.Parse(text) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Unpacked(IReadOnlyDictionary<string, string> headers, byte[] body)
    {
        using Stream stream = headers.GetValueOrDefault("Content-Encoding") == "gzip"
            ? new GZipStream(new MemoryStream(body), CompressionMode.Decompress)
            : new MemoryStream(body);
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
