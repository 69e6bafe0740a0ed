using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.OpenApi;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>
/// The OpenAPI documents by which kubectl explains and validates. They are built anew on each call: the caller keeps them as long as the
/// kinds stay the same.
/// </summary>
public static class OpenApiDocuments
{
    /// <summary>Media type of <see cref="V2Protobuf"/>, as clients ask for it (with <c>@</c> or <c>.</c> after v2).</summary>
    public const string V2ProtobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    /// <summary><c>/openapi/v2</c> as JSON.</summary>
    public static byte[] V2(IReadOnlyList<KindDefinition> kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        return Bytes(new DocumentBuilder(SchemaDialect.V2, kinds).V2());
    }

    /// <summary><c>/openapi/v2</c> as kubectl reads it: gnostic's protobuf.</summary>
    public static byte[] V2Protobuf(IReadOnlyList<KindDefinition> kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        return SwaggerProtobuf.Write(new DocumentBuilder(SchemaDialect.V2, kinds).V2());
    }

    /// <summary><c>/openapi/v3</c>: the path and hash of each group version's document.</summary>
    public static byte[] V3Index(IReadOnlyList<KindDefinition> kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        JsonObject paths = [];
        foreach (IGrouping<(string Group, string Version), KindDefinition> served in kinds.GroupBy(kind => (kind.Type.Group, kind.Type.Version)))
        {
            string path = served.Key.Group.Length == 0 ? $"api/{served.Key.Version}" : $"apis/{served.Key.Group}/{served.Key.Version}";
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{path}?hash={DocumentHash.Of(served)}" };
        }

        return Bytes(new JsonObject { ["paths"] = paths });
    }

    /// <summary><c>/openapi/v3/apis/GROUP/VERSION</c> (or <c>/openapi/v3/api/v1</c>); null when no kind is served there.</summary>
    public static byte[]? V3(string group, string version, IReadOnlyList<KindDefinition> kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        List<KindDefinition> served = [.. kinds.Where(kind => kind.Type.Group == group && kind.Type.Version == version)];
        return served.Count == 0 ? null : Bytes(new DocumentBuilder(SchemaDialect.V3, served).V3());
    }

    private static byte[] Bytes(JsonObject document)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Encoder = JsonText.Relaxed.Encoder, SkipValidation = true }))
        {
            document.WriteTo(writer);
        }

        return stream.ToArray();
    }
}
