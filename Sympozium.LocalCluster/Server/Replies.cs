using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Manifests;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Server;

/// <summary>Writes answers. Stored objects go out as the bytes they are stored as.</summary>
internal static class Replies
{
    private const string Json = "application/json";

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static async Task ObjectAsync(HttpContext context, KindDefinition kind, StoredObject stored, int code, TimeProvider time)
    {
        Accepted accepted = Accepted.Read(context);
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
            default:
                await BytesAsync(context, stored.Value, code, Json);
                break;
        }
    }

    public static async Task ListAsync(HttpContext context, KindDefinition kind, ObjectPage page, TimeProvider time)
    {
        Accepted accepted = Accepted.Read(context);
        string version = page.Revision.ToString(CultureInfo.InvariantCulture);
        if (accepted is { Shape: Shape.Whole, IsYaml: false })
        {
            await BytesAsync(context, WriteList(kind, page), StatusCodes.Status200OK, Json);
            return;
        }

        if (accepted.Shape == Shape.Whole)
        {
            await NodeAsync(context, JsonNode.Parse(WriteList(kind, page).Span)!, StatusCodes.Status200OK, isYaml: true);
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

        return NodeAsync(context, Refusals.ToStatus(refusal), (int)refusal.Code);
    }

    public static Task TextAsync(HttpContext context, int code, string text) => BytesAsync(context, Encoding.UTF8.GetBytes(text), code, "text/plain; charset=utf-8");

    public static Task NotFoundAsync(HttpContext context) => TextAsync(context, StatusCodes.Status404NotFound, "404 page not found\n");

    public static async Task BytesAsync(HttpContext context, ReadOnlyMemory<byte> bytes, int code, string contentType)
    {
        HttpResponse response = context.Response;
        response.StatusCode = code;
        response.ContentType = contentType;
        response.ContentLength = bytes.Length;
        await response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
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

    /// <summary>Items of core kinds come without apiVersion and kind, those of custom kinds with them.</summary>
    private static ReadOnlyMemory<byte> WriteList(KindDefinition kind, ObjectPage page)
    {
        ArrayBufferWriter<byte> buffer = new(1024 + page.Items.Sum(item => item.Value.Length + 1));
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
        for (int i = 0; i < page.Items.Count; i++)
        {
            StoredObject item = page.Items[i];
            buffer.Write(i == 0 ? ""u8 : ","u8);
            if (kind.IsCustom)
            {
                buffer.Write(item.Value.Span);
            }
            else
            {
                buffer.Write("{"u8);
                buffer.Write(item.Value.Span[item.Facts.HeaderLength..]);
            }
        }

        buffer.Write("]}"u8);
        return buffer.WrittenMemory;
    }
}
