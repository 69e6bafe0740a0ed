using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Printing;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>An object seen through its <c>scale</c> subresource: an <c>autoscaling/v1</c> Scale that only knows replica counts.</summary>
internal static class ObjectScale
{
    /// <summary>The kind that requests and answers have. It is not stored and not served by itself.</summary>
    public static readonly KindDefinition Kind = new()
    {
        Type = new ResourceType("autoscaling", "v1", "scales", "Scale"),
        Singular = "scale",
        ListKind = "ScaleList",
        Schema = CoreSchemas.Instance["io.k8s.api.autoscaling.v1.Scale"],
    };

    /// <exception cref="KubernetesException">500 when a custom object has no replica count.</exception>
    public static JsonObject Read(KindDefinition kind, StoredObject stored)
    {
        JsonObject resource = stored.ToJson();
        if (Number(resource, kind.Scale!.SpecReplicas) is null)
        {
            throw Refusals.Internal($"the spec replicas field \"{kind.Scale.SpecReplicas}\" does not exist");
        }

        return Of(kind, resource);
    }

    /// <summary>Puts the wanted count into the object that the scale speaks of.</summary>
    /// <param name="kind">The object's kind.</param>
    /// <param name="current">The object; changed and returned.</param>
    /// <param name="change">The new scale from the present one.</param>
    /// <param name="options">How unknown fields are treated.</param>
    /// <exception cref="KubernetesException">400, 409, 422.</exception>
    public static JsonObject Write(KindDefinition kind, JsonObject current, Func<JsonObject, JsonObject> change, WriteOptions options)
    {
        string name = Metadata.Text(Metadata.Of(current), "name")!;
        JsonObject scale = change(Of(kind, current));
        ObjectDecoder.Decode(Kind, scale, options);
        JsonObject metadata = Metadata.Of(scale);
        string? own = Metadata.Text(metadata, "name");
        if (own != name)
        {
            throw Refusals.BadRequest(own is null
                ? $"the name of the object ({name} based on URL) was undeterminable: name must be provided"
                : $"the name of the object ({own}) does not match the name on the URL ({name})");
        }

        CheckUid(kind, current, metadata, name);
        long replicas = Number(scale, ".spec.replicas") ?? 0;
        if (replicas < 0 && !kind.IsCustom)
        {
            throw Refusals.Invalid(
                Kind.Type, name, [new FieldProblem("spec.replicas", ProblemReasons.Invalid, $"Invalid value: {replicas}: must be greater than or equal to 0")]);
        }

        // The scale's version is the object's: naming an old one is a conflict.
        Metadata.Keep(Metadata.Of(current), metadata, "resourceVersion");
        Set(current, kind.Scale!.SpecReplicas, replicas);
        return current;
    }

    /// <summary>An applied scale as a document of the object's own kind, so that it owns the count there.</summary>
    public static JsonObject Document(KindDefinition kind, JsonNode? body)
    {
        if (body is not JsonObject scale)
        {
            throw Refusals.BadRequest("error decoding patch: an apply patch is an object");
        }

        JsonObject document = new()
        {
            ["apiVersion"] = kind.Type.ApiVersion,
            ["kind"] = kind.Type.Kind,
            ["metadata"] = scale["metadata"]?.DeepClone() ?? new JsonObject(),
        };
        if (Number(scale, ".spec.replicas") is { } replicas)
        {
            Set(document, kind.Scale!.SpecReplicas, replicas);
        }

        return document;
    }

    private static JsonObject Of(KindDefinition kind, JsonObject resource)
    {
        ScalePaths paths = kind.Scale!;
        JsonObject metadata = [];
        foreach (string field in (string[])["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
        {
            Metadata.Keep(metadata, Metadata.Of(resource), field);
        }

        JsonObject spec = [];
        if (Number(resource, paths.SpecReplicas) is not (null or 0) and { } wanted)
        {
            spec["replicas"] = wanted;
        }

        JsonObject status = new() { ["replicas"] = Number(resource, paths.StatusReplicas) ?? 0 };
        if (paths.LabelSelector is { } path && Selector(Find(resource, path)) is { Length: > 0 } selector)
        {
            status["selector"] = selector;
        }

        return new JsonObject { ["kind"] = "Scale", ["apiVersion"] = Kind.Type.ApiVersion, ["metadata"] = metadata, ["spec"] = spec, ["status"] = status };
    }

    // Custom kinds keep it as text, core kinds as an object.
    private static string? Selector(JsonNode? node) => node is JsonObject selector ? Selectors.Text(selector) : GoJson.Text(node);

    private static void CheckUid(KindDefinition kind, JsonObject current, JsonObject metadata, string name)
    {
        string? uid = Metadata.Text(metadata, "uid");
        string? stored = Metadata.Text(Metadata.Of(current), "uid");
        if (uid is not null && uid != stored)
        {
            ResourceType type = kind.Type with { Plural = $"{kind.Type.Plural}/scale" };
            throw Refusals.Conflict(type, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {stored}");
        }
    }

    private static long? Number(JsonObject resource, string path) => GoJson.Integer(Find(resource, path));

    private static JsonNode? Find(JsonObject resource, string path) =>
        Steps(path).Aggregate((JsonNode?)resource, (node, step) => (node as JsonObject)?[step]);

    private static void Set(JsonObject resource, string path, long value)
    {
        string[] steps = Steps(path);
        JsonObject parent = resource;
        foreach (string step in steps[..^1])
        {
            if (parent[step] is not JsonObject child)
            {
                child = [];
                parent[step] = child;
            }

            parent = child;
        }

        parent[steps[^1]] = value;
    }

    private static string[] Steps(string path) => path.Split('.', StringSplitOptions.RemoveEmptyEntries);
}
