using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds.Patching;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>The patch formats of the API. Each returns a new document and leaves its arguments alone.</summary>
public static class Patches
{
    /// <summary>RFC 6902. Throws 422 when an operation cannot be applied, 400 when the patch is not one.</summary>
    public static JsonNode ApplyJson(JsonNode target, JsonArray patch)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(patch);
        try
        {
            return JsonPatch.Apply(target, patch);
        }
        catch (JsonPatchException)
        {
            // Kubernetes does not tell the client which operation it was.
            throw Unprocessable();
        }
    }

    /// <summary>RFC 7386.</summary>
    public static JsonNode ApplyMerge(JsonNode target, JsonObject patch)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(patch);
        return MergePatch.Apply(target, patch);
    }

    /// <summary>Strategic merge patch; custom kinds do not have it, the caller answers 415.</summary>
    public static JsonNode ApplyStrategic(KindDefinition kind, JsonObject target, JsonObject patch)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(patch);
        return StrategicMerge.Apply(kind.Schema, target, patch);
    }

    /// <summary>The patch is well-formed but does not fit the object. The server does not say why, as Kubernetes does not.</summary>
    internal static KubernetesException Unprocessable() => new(
        HttpStatusCode.UnprocessableEntity, StatusReasons.Invalid, "the server rejected our request due to an error in our request", []);

    /// <summary>The patch itself is malformed.</summary>
    internal static KubernetesException Malformed(string message) => new(HttpStatusCode.BadRequest, StatusReasons.BadRequest, message);
}
