using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Pods.Scheduling;

/// <summary>
/// Required affinity between pods. With one node every topology is the whole node, so a term holds or not by the pods that are there at all.
/// </summary>
internal static class PodAffinity
{
    private const string Required = "requiredDuringSchedulingIgnoredDuringExecution";

    /// <summary>Whether other pods decide about a pod of this spec.</summary>
    public static bool Matters(JsonObject spec) => Terms(spec, "podAffinity").Any() || Terms(spec, "podAntiAffinity").Any();

    /// <summary>Why the pod cannot run beside (or without) the others; null when it can.</summary>
    public static string? WhyNot(JsonObject pod, IEnumerable<JsonObject> others)
    {
        JsonObject spec = pod.Map("spec") ?? [];
        List<JsonObject> running = [.. others.Where(o => o.Map("status").Text("phase") is not ("Succeeded" or "Failed"))];

        // The first pod of a group that wants to be together has only itself.
        if (!Terms(spec, "podAffinity").All(term => running.Any(o => Selects(term, pod, o)) || Selects(term, pod, pod)))
        {
            return "0/1 nodes are available: 1 node(s) didn't match pod affinity rules." + NodeFit.NotHelpful;
        }

        return Terms(spec, "podAntiAffinity").Any(term => running.Any(o => Selects(term, pod, o)))
            ? "0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules." + NodeFit.NotHelpful
            : null;
    }

    private static IEnumerable<JsonObject> Terms(JsonObject spec, string which) => spec.Map("affinity").Map(which).Items(Required).Select(t => t.Item);

    private static bool Selects(JsonObject term, JsonObject pod, JsonObject other)
    {
        string ns = other.Map("metadata").Text("namespace");
        bool inNamespace = term["namespaces"] is JsonArray { Count: > 0 } named
            ? named.Any(n => (string?)n == ns)
            : term["namespaceSelector"] is not null || ns == pod.Map("metadata").Text("namespace");
        return inNamespace && term.Map("labelSelector") is { } selector && Matches(selector, other.Map("metadata").Map("labels") ?? []);
    }

    private static bool Matches(JsonObject selector, JsonObject labels) =>
        (selector.Map("matchLabels") ?? []).All(l => labels.Text(l.Key) == (string?)l.Value && labels.ContainsKey(l.Key))
        && selector.Items("matchExpressions").All(e => Holds(e.Item, labels));

    private static bool Holds(JsonObject expression, JsonObject labels)
    {
        string key = expression.Text("key");
        bool among = labels.ContainsKey(key) && (expression["values"] as JsonArray ?? []).Any(v => (string?)v == labels.Text(key));
        return expression.Text("operator") switch
        {
            "In" => among,
            "NotIn" => !among,
            "Exists" => labels.ContainsKey(key),
            _ => !labels.ContainsKey(key),
        };
    }
}
