using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Ownership;

/// <summary>
/// The way of <c>kubectl apply</c> from the client side to the server side: what its annotation says it applied before, it may
/// change, and the annotation is kept up so that the way back stays open.
/// </summary>
internal static class LastApplied
{
    private const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";
    private const string Manager = "kubectl";

    /// <summary>The fields that <c>kubectl</c> changes without a conflict, whoever owns them.</summary>
    public static FieldSet Allows(FieldWrite write, Schema root, JsonObject? live)
    {
        if (write.Manager != Manager || Read(live) is not { } text)
        {
            return new FieldSet();
        }

        try
        {
            return JsonNode.Parse(text) is JsonObject document ? FieldTree.Claimed(root, document) : new FieldSet();
        }
        catch (JsonException)
        {
            // Anybody can write an annotation: one that is no document allows nothing.
            return new FieldSet();
        }
    }

    /// <summary>The applied document as the annotation has to say it, when the object carries the annotation and the applier is kubectl.</summary>
    public static void Refresh(FieldWrite write, JsonObject merged, JsonObject document)
    {
        if (write.Manager == Manager && Read(merged) is not null)
        {
            merged["metadata"]!["annotations"]![Annotation] = document.ToJsonString() + "\n";
        }
    }

    private static string? Read(JsonObject? resource) =>
        (resource?["metadata"] as JsonObject)?["annotations"] is JsonObject annotations && annotations[Annotation] is JsonValue value && value.TryGetValue(out string? text)
            ? text
            : null;
}
