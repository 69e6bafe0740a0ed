using System.Text.Json.Nodes;

namespace Sympozium.Kubernetes.Client;

/// <summary>One request to an API server, for what the typed methods do not cover (tables, dry run, discovery).</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="PathAndQuery">From the leading slash on, escaped.</param>
public sealed record KubernetesRequest(HttpMethod Method, string PathAndQuery)
{
    public const string Json = "application/json";

    /// <summary>A list or object rendered by the server as rows and columns; falls back to plain JSON.</summary>
    public const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

    /// <summary>Metadata of an object, or of those that a watch tells; falls back to plain JSON.</summary>
    public const string Metadata = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json";

    /// <summary>Metadata of the objects of a list; falls back to plain JSON.</summary>
    public const string MetadataList = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";

    public string Accept { get; init; } = Json;

    public JsonNode? Body { get; init; }

    public string ContentType { get; init; } = Json;
}
