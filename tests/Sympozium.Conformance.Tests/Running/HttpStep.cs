using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Conformance.Tests.Cluster;

namespace Sympozium.Conformance.Tests.Running;

/// <summary><c>{"http": {...}}</c>: a raw request; status, the headers that matter, and the body.</summary>
internal static class HttpStep
{
    private static readonly string[] ComparedHeaders = ["Content-Type", "Content-Encoding", "Allow", "Location", "Retry-After", "Warning"];

    public static async Task<JsonObject> RunAsync(CaseContext context, JsonObject step, JsonObject written)
    {
        using CancellationTokenSource limit = new(context.Limits.Kubectl);
        ApiRequest request = Request(step["http"]!, (string?)step["token"]);
        ApiAnswer answer = await context.Target.Cluster.AskAsync(request, limit.Token);
        JsonObject headers = [];
        foreach (string name in ComparedHeaders.Where(answer.Headers.ContainsKey))
        {
            headers[name] = context.Texts.Normalize(answer.Headers[name]);
        }

        StepShape.Save(context, step, answer.Text, answer.Document);
        JsonObject result = new()
        {
            ["http"] = $"{request.Method} {(string?)written["http"]!["path"]}",
            ["status"] = answer.Status,
            ["headers"] = headers,
            ["body"] = Body(context, step, answer),
        };
        if (answer.Status >= 400 && ((bool?)step["quiet"] ?? false))
        {
            result["unexpected"] = "failure";
        }

        return result;
    }

    public static ApiRequest Request(JsonNode http, string? token) => new((string?)http["method"] ?? "GET", (string)http["path"]!, token)
    {
        Headers = (http["headers"] as JsonObject ?? []).ToDictionary(h => h.Key, h => (string?)h.Value),
        Body = Content(http),
    };

    private static JsonNode? Body(CaseContext context, JsonObject step, ApiAnswer answer)
    {
        if (answer.Document is { } document)
        {
            return context.Json.Normalize(StepShape.Apply(context, step, document));
        }

        return (bool?)step["binary"] == true
            ? new JsonObject { ["starts"] = Convert.ToHexStringLower(answer.Body.AsSpan(0, Math.Min(4, answer.Body.Length))), ["empty"] = answer.Body.Length == 0 }
            : context.Texts.Normalize(StepShape.Lines(step, answer.Text));
    }

    private static byte[]? Content(JsonNode http)
    {
        if (CaseContext.Text(http["text"]) is { } text)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        if (!http.AsObject().TryGetPropertyValue("body", out JsonNode? body))
        {
            return null;
        }

        body = body?.DeepClone();
        if (http["pad"] is { } pad)
        {
            // A large value which the case file need not hold.
            string[] keys = ((string)pad["at"]!).Split('.');
            JsonNode target = keys[..^1].Aggregate(body!, (node, key) => node[key]!);
            target[keys[^1]] = new string('x', (int)pad["size"]!);
        }

        byte[] content = Encoding.UTF8.GetBytes(JsonText.Write(body));
        return (bool?)http["gzip"] == true ? Packed(content) : content;
    }

    private static byte[] Packed(byte[] content)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }
}
