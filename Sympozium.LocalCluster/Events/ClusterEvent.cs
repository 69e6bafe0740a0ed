using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Events;

/// <summary>Something that happened to an object.</summary>
/// <param name="Target">The object.</param>
/// <param name="Component">Who says so, for example <c>kubelet</c>.</param>
/// <param name="Host">Node of the component; empty when it runs for the whole cluster.</param>
/// <param name="IsWarning">Whether it is a <c>Warning</c>; else <c>Normal</c>.</param>
/// <param name="Reason">One word in CamelCase.</param>
/// <param name="Message">For people.</param>
internal sealed record ClusterEvent(EventTarget Target, string Component, string Host, bool IsWarning, string Reason, string Message)
{
    /// <summary>What was done, for components that report by <c>events.k8s.io</c> (the scheduler); their events have an event time and no count.</summary>
    public string? Action { get; init; }

    /// <summary>The object to create.</summary>
    /// <param name="name">Name of the Event.</param>
    /// <param name="at">When it happened.</param>
    public JsonObject Render(string name, DateTimeOffset at)
    {
        var rendered = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Target.Namespace ?? "default" },
            ["involvedObject"] = Target.ToReference(),
            ["type"] = IsWarning ? "Warning" : "Normal",
            ["reason"] = Reason,
            ["message"] = Message,
            ["reportingComponent"] = Component,
            ["reportingInstance"] = Action is null ? Host : $"{Component}-{Host}",
        };
        if (Action is not null)
        {
            rendered["action"] = Action;
            rendered["eventTime"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
            return rendered;
        }

        rendered["count"] = 1;
        rendered["firstTimestamp"] = Time(at);
        rendered["lastTimestamp"] = Time(at);
        rendered["source"] = Host.Length == 0 ? new JsonObject { ["component"] = Component } : new JsonObject { ["component"] = Component, ["host"] = Host };
        return rendered;
    }

    /// <summary>A time with the precision of <c>metav1.Time</c>.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
