using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Objects;

/// <summary>Applies a patch document of any format to an object.</summary>
public static class ObjectPatches
{
    /// <exception cref="KubernetesException">The document is not one of that format, or does not fit the object.</exception>
    public static JsonObject Apply(KindDefinition kind, PatchType type, JsonObject target, JsonNode? document) => type switch
    {
        PatchType.Json when document is JsonArray operations => AsObject(Patches.ApplyJson(target, (JsonArray)operations.DeepClone())),
        PatchType.Json => throw Undecodable("[]handlers.jsonPatchOp", document),
        PatchType.Merge when document is JsonObject merge => AsObject(Patches.ApplyMerge(target, (JsonObject)merge.DeepClone())),
        PatchType.Strategic when document is JsonObject && kind.IsCustom => throw new KubernetesException(
            System.Net.HttpStatusCode.UnsupportedMediaType, StatusReasons.UnsupportedMediaType,
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"),
        PatchType.Strategic when document is JsonObject strategic => AsObject(Patches.ApplyStrategic(kind, target, (JsonObject)strategic.DeepClone())),
        _ => throw Undecodable("map[string]interface {}", document),
    };

    private static JsonObject AsObject(JsonNode patched) => patched as JsonObject ?? throw Refusals.BadRequest("the patch does not leave an object");

    private static KubernetesException Undecodable(string expected, JsonNode? document)
    {
        string found = document switch
        {
            JsonObject => "object",
            JsonArray => "array",
            null => "null",
            _ => document.GetValueKind() switch
            {
                System.Text.Json.JsonValueKind.String => "string",
                System.Text.Json.JsonValueKind.Number => "number",
                _ => "bool",
            },
        };
        return Refusals.BadRequest($"error decoding patch: json: cannot unmarshal {found} into Go value of type {expected}");
    }
}
