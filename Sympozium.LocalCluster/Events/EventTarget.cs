using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Events;

/// <summary>The object that an Event is about, or a part of it (a field path such as <c>spec.containers{main}</c>).</summary>
internal sealed record EventTarget(
    string ApiVersion, string Kind, string? Namespace, string Name, string Uid, string ResourceVersion = "", string? FieldPath = null)
{
    /// <summary>The target that an object is.</summary>
    public static EventTarget Of(JsonObject resource)
    {
        JsonNode? metadata = resource["metadata"];
        return new EventTarget(
            (string?)resource["apiVersion"] ?? "", (string?)resource["kind"] ?? "", (string?)metadata?["namespace"], (string?)metadata?["name"] ?? "",
            (string?)metadata?["uid"] ?? "", (string?)metadata?["resourceVersion"] ?? "");
    }

    /// <summary>As <c>involvedObject</c>.</summary>
    public JsonObject ToReference()
    {
        var reference = new JsonObject { ["apiVersion"] = ApiVersion, ["kind"] = Kind, ["name"] = Name, ["uid"] = Uid };
        Set(reference, "namespace", Namespace);
        Set(reference, "resourceVersion", ResourceVersion);
        Set(reference, "fieldPath", FieldPath);
        return reference;
    }

    private static void Set(JsonObject reference, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            reference[name] = value;
        }
    }
}
