using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Manifests;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Server.Protobuf;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Server;

/// <summary>Writes answers. Stored objects go out as the bytes they are stored as.</summary>
internal static class Replies
{
    private const string Json = "application/json";
    private const int PieceBytes = 128 * 1024;

    /// <summary>Bytes from which on an answer is compressed for clients that can read that; Kubernetes' own limit.</summary>
    private const int SmallestCompressed = 128 * 1024;

    private static readonly JsonSerializerOptions Pretty = new(JsonText.Relaxed) { WriteIndented = true };

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static ReadOnlySpan<byte> ListTail => "]}"u8;

    public static async Task ObjectAsync(HttpContext context, KindDefinition kind, StoredObject stored, int code, TimeProvider time)
    {
        Accepted accepted = Accepted.Read(context, kind);
        switch (accepted.Shape)
        {
            case Shape.Table:
                string version = stored.Revision.ToString(CultureInfo.InvariantCulture);
                await NodeAsync(context, Tables.Render(kind, [stored.ToJson()], version, IncludeObject(context), time.GetUtcNow()), code, accepted.IsYaml);
                break;
            case Shape.Metadata or Shape.MetadataList:
                await NodeAsync(context, MetadataOnly(stored.ToJson()), code, accepted.IsYaml);
                break;
            case Shape.Whole when accepted.IsYaml:
                await NodeAsync(context, stored.ToJson(), code, isYaml: true);
                break;
            case Shape.Whole when accepted.Format == WireFormat.Protobuf:
                await BytesAsync(context, ProtobufReply.Object(kind, stored.ToJson()), code, ProtobufReply.MediaType);
                break;
            default:
                await BytesAsync(context, stored.Value, code, Json);
                break;
        }
    }

    public static async Task ListAsync(HttpContext context, KindDefinition kind, ObjectPage page, TimeProvider time)
    {
        Accepted accepted = Accepted.Read(context, kind);
        string version = page.Revision.ToString(CultureInfo.InvariantCulture);
        if (accepted is { Shape: Shape.Whole, Format: WireFormat.Json } && !TakesGzip(context) && !IsPretty(context))
        {
            await StreamAsync(context, kind, page);
            return;
        }

        if (accepted.Shape == Shape.Whole)
        {
            ReadOnlyMemory<byte> whole = WriteList(kind, page);
            await (accepted.Format switch
            {
                WireFormat.Json => BytesAsync(context, whole, StatusCodes.Status200OK, Json),
                WireFormat.Yaml => NodeAsync(context, JsonNode.Parse(whole.Span)!, StatusCodes.Status200OK, isYaml: true),
                _ => BytesAsync(
                    context, ProtobufReply.List(kind, JsonNode.Parse(whole.Span)!.AsObject()), StatusCodes.Status200OK, ProtobufReply.MediaType),
            });
            return;
        }

        List<JsonObject> items = [.. page.Items.Select(item => item.ToJson())];
        JsonObject list = accepted.Shape == Shape.Table
            ? Tables.Render(kind, items, version, IncludeObject(context), time.GetUtcNow())
            : new JsonObject
            {
                ["kind"] = "PartialObjectMetadataList",
                ["apiVersion"] = "meta.k8s.io/v1",
                ["metadata"] = new JsonObject { ["resourceVersion"] = version },
                ["items"] = new JsonArray([.. items.Select(MetadataOnly)]),
            };
        if (page.Continue.Length > 0)
        {
            list["metadata"]!["continue"] = page.Continue;
            list["metadata"]!["remainingItemCount"] = page.Remaining;
        }

        await NodeAsync(context, list, StatusCodes.Status200OK, accepted.IsYaml);
    }

    public static Task NodeAsync(HttpContext context, JsonNode node, int code, bool isYaml = false) => isYaml
        ? BytesAsync(context, Encoding.UTF8.GetBytes(YamlWriter.Write(node)), code, "application/yaml")
        : BytesAsync(context, ToBytes(node), code, Json);

    public static Task StatusAsync(HttpContext context, KubernetesException refusal)
    {
        if (refusal.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        JsonObject status = Refusals.ToStatus(refusal);
        return Accepted.WantsProtobufStatus(context)
            ? BytesAsync(context, ProtobufReply.Status(status), (int)refusal.Code, ProtobufReply.MediaType)
            : NodeAsync(context, status, (int)refusal.Code);
    }

    public static Task TextAsync(HttpContext context, int code, string text) => BytesAsync(context, Encoding.UTF8.GetBytes(text), code, "text/plain; charset=utf-8");

    public static Task NotFoundAsync(HttpContext context) => TextAsync(context, StatusCodes.Status404NotFound, "404 page not found\n");

    public static async Task BytesAsync(HttpContext context, ReadOnlyMemory<byte> bytes, int code, string contentType)
    {
        if (contentType == Json && IsPretty(context))
        {
            bytes = Encoding.UTF8.GetBytes(JsonNode.Parse(bytes.Span)!.ToJsonString(Pretty));
        }

        HttpResponse response = context.Response;
        response.StatusCode = code;
        response.ContentType = contentType;
        if (bytes.Length > SmallestCompressed && TakesGzip(context))
        {
            response.Headers.ContentEncoding = "gzip";
            response.Headers.Append("Vary", "Accept-Encoding");
            bytes = Compress(bytes);
        }

        response.ContentLength = bytes.Length;
        await response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
    }

    private static bool TakesGzip(HttpContext context) => context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal);

    /// <summary>As Kubernetes decides: asked for, or asked by a program that shows answers to people.</summary>
    private static bool IsPretty(HttpContext context)
    {
        string wanted = context.Request.Query["pretty"].ToString();
        if (wanted.Length > 0)
        {
            return wanted is "1" or "t" or "T" or "true" or "TRUE" or "True";
        }

        string agent = context.Request.Headers.UserAgent.ToString();
        return agent.StartsWith("curl", StringComparison.Ordinal) || agent.StartsWith("Wget", StringComparison.Ordinal) || agent.StartsWith("Mozilla/5.0", StringComparison.Ordinal);
    }

    private static byte[] Compress(ReadOnlyMemory<byte> bytes)
    {
        using MemoryStream buffer = new();
        using (GZipStream gzip = new(buffer, CompressionLevel.Fastest))
        {
            gzip.Write(bytes.Span);
        }

        return buffer.ToArray();
    }

    public static void Warn(HttpContext context, IEnumerable<string> warnings)
    {
        foreach (string warning in warnings.Distinct(StringComparer.Ordinal))
        {
            string text = warning.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings(" ");
            context.Response.Headers.Append("Warning", $"299 - \"{new string([.. text.Select(letter => letter is >= ' ' and < '\u007f' ? letter : '?')])}\"");
        }
    }

    public static byte[] ToBytes(JsonNode node)
    {
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter writer = new(buffer, WriterOptions);
        node.WriteTo(writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static JsonObject MetadataOnly(JsonObject resource) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = resource["metadata"]?.DeepClone(),
    };

    public static string IncludeObject(HttpContext context) => context.Request.Query["includeObject"].ToString() is { Length: > 0 } wanted ? wanted : "Metadata";

    /// <summary>A list of many megabytes goes out piece by piece: it is never in memory as a whole, and the first piece is on its way at once.</summary>
    private static async Task StreamAsync(HttpContext context, KindDefinition kind, ObjectPage page)
    {
        ReadOnlyMemory<byte> head = ListHead(kind, page);
        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = Json;
        response.ContentLength = head.Length + ListTail.Length + Math.Max(0, page.Items.Count - 1) + page.Items.Sum(item => (long)ItemLength(kind, item));
        PipeWriter writer = response.BodyWriter;
        writer.Write(head.Span);
        for (int i = 0; i < page.Items.Count; i++)
        {
            WriteItem(writer, kind, page.Items[i], isFirst: i == 0);
            if (writer.UnflushedBytes > PieceBytes && (await writer.FlushAsync(context.RequestAborted)).IsCompleted)
            {
                return;
            }
        }

        writer.Write(ListTail);
        await writer.FlushAsync(context.RequestAborted);
    }

    private static ReadOnlyMemory<byte> WriteList(KindDefinition kind, ObjectPage page)
    {
        ArrayBufferWriter<byte> buffer = new();
        buffer.Write(ListHead(kind, page).Span);
        for (int i = 0; i < page.Items.Count; i++)
        {
            WriteItem(buffer, kind, page.Items[i], isFirst: i == 0);
        }

        buffer.Write(ListTail);
        return buffer.WrittenMemory;
    }

    /// <summary>Items of core kinds come without apiVersion and kind, those of custom kinds with them.</summary>
    private static void WriteItem(IBufferWriter<byte> writer, KindDefinition kind, StoredObject item, bool isFirst)
    {
        writer.Write(isFirst ? ""u8 : ","u8);
        if (kind.IsCustom)
        {
            writer.Write(item.Value.Span);
        }
        else
        {
            writer.Write("{"u8);
            writer.Write(item.Value.Span[item.Facts.HeaderLength..]);
        }
    }

    private static int ItemLength(KindDefinition kind, StoredObject item) => kind.IsCustom ? item.Value.Length : item.Value.Length - item.Facts.HeaderLength + 1;

    private static ReadOnlyMemory<byte> ListHead(KindDefinition kind, ObjectPage page)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("kind", kind.ListKind);
            writer.WriteString("apiVersion", kind.Type.ApiVersion);
            writer.WriteStartObject("metadata");
            writer.WriteString("resourceVersion", page.Revision.ToString(CultureInfo.InvariantCulture));
            if (page.Continue.Length > 0 || kind.IsCustom)
            {
                writer.WriteString("continue", page.Continue);
            }

            if (page.Remaining is { } remaining)
            {
                writer.WriteNumber("remainingItemCount", remaining);
            }

            writer.WriteEndObject();
        }

        buffer.Write(",\"items\":["u8);
        return buffer.WrittenMemory;
    }
}
