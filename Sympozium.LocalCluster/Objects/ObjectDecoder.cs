using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Objects;

/// <summary>What happens to every object that comes in, before it is compared with anything stored.</summary>
internal static class ObjectDecoder
{
    /// <summary>Fills in or checks apiVersion and kind, drops what the schema does not know, applies defaults.</summary>
    /// <exception cref="KubernetesException">400.</exception>
    public static void Decode(KindDefinition kind, JsonObject resource, WriteOptions options)
    {
        SetType(kind, resource);
        if (resource["metadata"] is not null and not JsonObject)
        {
            string found = resource["metadata"] is JsonArray ? "array" : resource["metadata"]!.GetValueKind().ToString().ToLowerInvariant();
            throw Refusals.Undecodable(kind.Type, resource, $"json: cannot unmarshal {found} into Go value of type v1.ObjectMeta");
        }

        ObjectPipeline.CheckDecodable(kind, resource);
        if (options.FieldValidation != FieldValidation.Ignore)
        {
            List<FieldProblem> unknown = ObjectPipeline.CheckFields(kind, resource);
            if (unknown.Count > 0 && options.FieldValidation == FieldValidation.Strict)
            {
                throw Refusals.Undecodable(kind.Type, resource, "strict decoding error: " + string.Join(", ", unknown.Select(problem => problem.Message)));
            }

            options.Warnings.AddRange(unknown.Select(problem => problem.Message));
        }

        Metadata.DropNulls(Metadata.Of(resource));
        ObjectPipeline.Prune(kind, resource);
        ObjectPipeline.ApplyDefaults(kind, resource);
    }

    /// <exception cref="KubernetesException">400 when the body names another namespace than the URL.</exception>
    public static void SetNamespace(KindDefinition kind, JsonObject resource, string? ns)
    {
        JsonObject metadata = Metadata.Of(resource);
        string? own = Metadata.Text(metadata, "namespace");
        if (!kind.Type.Namespaced)
        {
            metadata.Remove("namespace");
            return;
        }

        if (own is not null && ns is not null && own != ns)
        {
            throw Refusals.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        if ((own ?? ns) is not { } decided)
        {
            throw Refusals.BadRequest("an object of a namespaced kind needs metadata.namespace");
        }

        metadata["namespace"] = decided;
    }

    private static void SetType(KindDefinition kind, JsonObject resource)
    {
        ResourceType type = kind.Type;
        string apiVersion = Metadata.Text(resource, "apiVersion") ?? type.ApiVersion;
        string name = Metadata.Text(resource, "kind") ?? type.Kind;
        if (apiVersion.Count(letter => letter == '/') > 1)
        {
            throw Refusals.BadRequest($"the object provided is unrecognized (must be of type {type.Kind}): unexpected GroupVersion string: {apiVersion}");
        }

        if (apiVersion != type.ApiVersion || name != type.Kind)
        {
            throw Mismatch(kind, resource, apiVersion, name);
        }

        resource["apiVersion"] = type.ApiVersion;
        resource["kind"] = type.Kind;
    }

    private static KubernetesException Mismatch(KindDefinition kind, JsonObject resource, string apiVersion, string name)
    {
        ResourceType type = kind.Type;
        // The body is decoded as what it says it is, before anybody asks whether that belongs here.
        KindDefinition? own = kind.IsCustom ? kind : CoreKinds.All.FirstOrDefault(other => other.Type.ApiVersion == apiVersion && other.Type.Kind == name);
        if (own is not null && ObjectPipeline.FindDecodeError(own, resource) is { } undecodable)
        {
            return Refusals.Undecodable(type, resource, undecodable);
        }

        if (kind.IsCustom && name == type.Kind)
        {
            return Refusals.BadRequest($"the API version in the data ({apiVersion}) does not match the expected API version ({type.ApiVersion})");
        }

        string why = apiVersion == type.ApiVersion
            ? "the kind in the body does not match the URL"
            : $"no kind \"{name}\" is registered for version \"{apiVersion}\" in scheme \"pkg/runtime/scheme.go:111\"";
        return Refusals.BadRequest($"{name} in version \"{apiVersion.Split('/')[^1]}\" {Refusals.UndecodableWords} {type.Kind}: {why}");
    }
}
