using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Manifests;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Server.Protobuf;
using YamlDotNet.Core;

namespace Sympozium.LocalCluster.Server;

/// <summary>Reads what a request carries.</summary>
internal static class RequestBody
{
    public const int MaxBytes = 3 << 20;
    private const int ShownBytes = 30;
    private const string Json = "application/json";
    private const string Yaml = "application/yaml";
    private const string Protobuf = "application/vnd.kubernetes.protobuf";

    private const string ObjectFormats =
        "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf";

    /// <exception cref="KubernetesException">413.</exception>
    public static async Task<byte[]> ReadBytesAsync(HttpContext context)
    {
        if (context.Request.ContentLength > MaxBytes)
        {
            throw TooLarge();
        }

        PipeReader reader = context.Request.BodyReader;
        ArrayBufferWriter<byte> bytes = new();
        while (true)
        {
            ReadResult result = await reader.ReadAsync(context.RequestAborted);
            foreach (ReadOnlyMemory<byte> segment in result.Buffer)
            {
                bytes.Write(segment.Span);
            }

            reader.AdvanceTo(result.Buffer.End);
            if (bytes.WrittenCount > MaxBytes)
            {
                throw TooLarge();
            }

            if (result.IsCompleted)
            {
                return bytes.WrittenSpan.ToArray();
            }
        }
    }

    /// <summary>The object that a create or replace carries; what comes twice in it is refused or warned of like an unknown field.</summary>
    /// <exception cref="KubernetesException">400, 413, 415.</exception>
    public static async Task<JsonObject> ReadObjectAsync(HttpContext context, KindDefinition kind, WriteOptions options)
    {
        string mediaType = MediaType(context);
        if (mediaType is not ("" or Json or Yaml or Protobuf))
        {
            throw Unsupported(ObjectFormats);
        }

        byte[] bytes = await ReadBytesAsync(context);
        if (mediaType == Protobuf)
        {
            return ParseProtobuf(bytes);
        }

        List<string> duplicates = [];
        JsonObject resource = mediaType == Yaml ? ParseYamlObject(kind, bytes) : ParseObject(kind, bytes, duplicates);
        CheckType(kind, resource, bytes);
        if (duplicates.Count == 0 || ObjectPipeline.FindDecodeError(kind, resource) is not null)
        {
            return resource;
        }

        if (options.FieldValidation == FieldValidation.Strict)
        {
            throw Refusals.Undecodable(kind.Type, resource, "strict decoding error: " + string.Join(", ", Texts(kind, resource, bytes, duplicates)));
        }

        if (options.FieldValidation == FieldValidation.Warn)
        {
            options.Warnings.AddRange(Texts(kind, resource, bytes, duplicates));
        }

        return resource;
    }

    /// <summary>A patch and its format.</summary>
    /// <exception cref="KubernetesException">400, 413, 415.</exception>
    public static async Task<(PatchType Type, JsonNode? Document)> ReadPatchAsync(HttpContext context)
    {
        PatchType type = MediaType(context) switch
        {
            "application/merge-patch+json" => PatchType.Merge,
            "application/json-patch+json" => PatchType.Json,
            "application/strategic-merge-patch+json" => PatchType.Strategic,
            "application/apply-patch+yaml" => PatchType.Apply,
            _ => throw new KubernetesException(HttpStatusCode.UnsupportedMediaType, StatusReasons.UnsupportedMediaType, "415: Unsupported Media Type", []),
        };
        byte[] bytes = await ReadBytesAsync(context);
        if (type == PatchType.Apply)
        {
            try
            {
                return (type, ParseYaml(bytes));
            }
            catch (ManifestException exception)
            {
                throw Refusals.BadRequest($"error decoding YAML: {GoMessage(exception)}");
            }
        }

        try
        {
            return (type, JsonBodies.Parse(bytes, null));
        }
        catch (JsonException exception)
        {
            throw Refusals.BadRequest((type == PatchType.Strategic ? "" : "error decoding patch: ") + GoMessage(bytes, exception));
        }
    }

    /// <summary>A body of options; null when there is none.</summary>
    /// <exception cref="KubernetesException">400, 413.</exception>
    public static async Task<JsonObject?> ReadOptionsAsync(HttpContext context)
    {
        byte[] bytes = await ReadBytesAsync(context);
        if (bytes.Length == 0)
        {
            return null;
        }

        if (MediaType(context) == Protobuf)
        {
            return ParseProtobuf(bytes);
        }

        try
        {
            return (MediaType(context) == Yaml ? ParseYaml(bytes) : JsonBodies.Parse(bytes, null)) as JsonObject;
        }
        catch (ManifestException exception)
        {
            throw Refusals.BadRequest(GoMessage(exception));
        }
        catch (JsonException exception)
        {
            throw Refusals.BadRequest("couldn't get version/kind; json parse error: " + GoMessage(bytes, exception));
        }
    }

    private static JsonObject ParseObject(KindDefinition kind, byte[] bytes, List<string> duplicates)
    {
        string why;
        try
        {
            JsonNode? node = JsonBodies.Parse(bytes, duplicates);
            if (node is null or JsonObject)
            {
                return node as JsonObject ?? [];
            }

            string found = node is JsonArray ? "array" : node.GetValueKind() switch
            {
                JsonValueKind.String => "string",
                JsonValueKind.Number => "number",
                _ => "bool",
            };
            why = $"json: cannot unmarshal {found} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}";
        }
        catch (JsonException exception)
        {
            why = GoMessage(bytes, exception);
        }

        throw Unrecognized(kind, $"couldn't get version/kind; json parse error: {why}", bytes);
    }

    private static JsonObject ParseYamlObject(KindDefinition kind, byte[] bytes)
    {
        try
        {
            return ParseYaml(bytes) as JsonObject ?? throw Unrecognized(kind, "the YAML document is not a mapping", bytes);
        }
        catch (ManifestException exception)
        {
            throw Unrecognized(kind, GoMessage(exception), bytes);
        }
    }

    /// <summary>What is wrong with apiVersion and kind themselves, before anybody compares them with the URL.</summary>
    private static void CheckType(KindDefinition kind, JsonObject resource, byte[] bytes)
    {
        foreach (string field in (string[])["apiVersion", "kind"])
        {
            if (resource[field] is { } value && !GoJson.IsString(value))
            {
                throw Unrecognized(
                    kind, $"couldn't get version/kind; json parse error: json: cannot unmarshal {GoJson.KindOf(value)} into Go struct field .{field} of type string", bytes);
            }
        }

        string apiVersion = GoJson.Text(resource["apiVersion"]) ?? "";
        if (apiVersion.Count(letter => letter == '/') > 1)
        {
            throw Unrecognized(kind, $"unexpected GroupVersion string: {apiVersion}", bytes);
        }

        if (kind.IsCustom && string.IsNullOrEmpty(GoJson.Text(resource["kind"])))
        {
            throw Unrecognized(kind, $"Object 'Kind' is missing in '{Encoding.UTF8.GetString(bytes)}'", bytes);
        }
    }

    private static KubernetesException Unrecognized(KindDefinition kind, string why, byte[] bytes) =>
        Refusals.BadRequest($"the object provided is unrecognized (must be of type {kind.Type.Kind}): {why} ({Summary(bytes)})");

    /// <summary>The beginning of a body; as text only when it looks like JSON.</summary>
    private static string Summary(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return "<empty>";
        }

        ReadOnlySpan<byte> shown = bytes.AsSpan(0, Math.Min(bytes.Length, ShownBytes));
        string text = bytes[0] == '{' ? Encoding.UTF8.GetString(shown) : Convert.ToHexStringLower(shown);
        return bytes.Length > ShownBytes ? text + " ..." : text;
    }

    /// <summary>Fields that come twice or are not known; core kinds: in the order of the body.</summary>
    private static IEnumerable<string> Texts(KindDefinition kind, JsonObject resource, byte[] bytes, List<string> duplicates)
    {
        List<FieldProblem> unknown = ObjectPipeline.CheckFields(kind, resource);
        if (kind.IsCustom)
        {
            return duplicates.Select(path => $"duplicate field \"{path}\"").Concat(unknown.Select(problem => problem.Message));
        }

        HashSet<string> left = unknown.Select(problem => problem.Path).ToHashSet(StringComparer.Ordinal);
        return JsonBodies.Fields(bytes)
            .Where(field => field.IsDuplicate || left.Remove(field.Path))
            .Select(field => $"{(field.IsDuplicate ? "duplicate" : "unknown")} field \"{field.Path}\"");
    }

    // Clients show these words to people; the cases that occur in practice read as Go's.
    private static string GoMessage(byte[] bytes, JsonException exception)
    {
        int at = (int)Math.Min(exception.BytePositionInLine ?? 0, bytes.Length);
        if (at >= bytes.Length || exception.Message.Contains("depth", StringComparison.Ordinal) && bytes[^1] is (byte)'{' or (byte)'[')
        {
            return "unexpected end of JSON input";
        }

        return $"invalid character '{(char)bytes[at]}' looking for beginning of {(bytes[0] == '{' && at == 1 ? "object key string" : "value")}";
    }

    private static JsonObject ParseProtobuf(byte[] bytes)
    {
        try
        {
            return ProtobufBody.Read(bytes);
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            throw Refusals.BadRequest($"error decoding protobuf: {exception.Message}");
        }
    }

    private static JsonNode? ParseYaml(byte[] bytes) =>
        YamlReader.ReadSingle(Encoding.UTF8.GetString(bytes), "body") is { } node ? JsonNode.Parse(node.ToJsonString()) : null;

    // As Go's YAML library says it: lines from 0, and one more when the scanner failed.
    private static string GoMessage(ManifestException exception)
    {
        if (exception.InnerException is not YamlException cause)
        {
            return $"error converting YAML to JSON: yaml: {exception.Message}";
        }

        long line = cause.Start.Line - 1 + (cause is SyntaxErrorException && cause.Start.Line > 1 ? 1 : 0);
        int comma = cause.Message.LastIndexOf(", ", StringComparison.Ordinal);
        string what = (comma < 0 ? cause.Message : cause.Message[(comma + 2)..]).TrimEnd('.');
        return $"error converting YAML to JSON: yaml: {(line > 0 ? string.Create(CultureInfo.InvariantCulture, $"line {line}: ") : "")}{what}";
    }

    private static string MediaType(HttpContext context)
    {
        string type = context.Request.ContentType ?? "";
        int semicolon = type.IndexOf(';', StringComparison.Ordinal);
        return (semicolon < 0 ? type : type[..semicolon]).Trim();
    }

    private static KubernetesException Unsupported(string message) => new(HttpStatusCode.UnsupportedMediaType, StatusReasons.UnsupportedMediaType, message);

    private static KubernetesException TooLarge() => new(
        HttpStatusCode.RequestEntityTooLarge, StatusReasons.RequestEntityTooLarge, $"Request entity too large: limit is {MaxBytes}", []);
}
