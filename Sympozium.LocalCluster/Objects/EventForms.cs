using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Objects;

/// <summary>
/// The two ways to write one Event: <c>v1</c>, which is stored, and <c>events.k8s.io/v1</c>. What is created in one is read in the other.
/// </summary>
internal static class EventForms
{
    public const string NewGroup = "events.k8s.io";

    private const string NewVersion = "events.k8s.io/v1";

    private static readonly (string Core, string New)[] Fields =
    [
        ("involvedObject", "regarding"), ("message", "note"), ("source", "deprecatedSource"), ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"), ("reportingComponent", "reportingController"),
    ];

    /// <summary>Changes an Event of the new form into the stored one, in place.</summary>
    public static void ToCore(JsonObject resource)
    {
        resource["apiVersion"] = "v1";
        foreach ((string core, string renamed) in Fields)
        {
            Rename(resource, renamed, core);
        }

        // What the stored form always says.
        resource["involvedObject"] ??= new JsonObject();
        resource["source"] ??= new JsonObject();
        resource["reportingComponent"] ??= "";
        resource["reportingInstance"] ??= "";
        foreach (string time in (string[])["eventTime", "firstTimestamp", "lastTimestamp"])
        {
            resource.TryAdd(time, null);
        }
    }

    /// <summary>Changes a stored Event into the new form, in place.</summary>
    public static void ToNew(JsonObject resource)
    {
        resource["apiVersion"] = NewVersion;
        foreach ((string core, string renamed) in Fields)
        {
            Rename(resource, core, renamed);
        }

        foreach (string empty in (string[])["reportingController", "reportingInstance", "note", "reason", "type", "action"])
        {
            if (resource[empty] is JsonValue value && value.TryGetValue(out string? text) && text.Length == 0)
            {
                resource.Remove(empty);
            }
        }
    }

    private static void Rename(JsonObject resource, string from, string to)
    {
        if (resource.TryGetPropertyValue(from, out JsonNode? value))
        {
            resource.Remove(from);
            resource[to] = value;
        }
    }
}
