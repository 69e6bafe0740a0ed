using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Kinds.Rules.Pods;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Admission.Quotas;

/// <summary>What the LimitRanges of its namespace add to a new pod, and what they refuse of pods and claims.</summary>
internal static class LimitRanges
{
    private const string Note = "kubernetes.io/limit-ranger";

    private static readonly ResourceKey Resource = new("", "limitranges");

    /// <exception cref="KubernetesException">403 with everything that is out of bounds.</exception>
    public static void Apply(StoreSnapshot snapshot, ResourceType type, JsonObject resource)
    {
        string ns = resource.Map("metadata").Text("namespace");
        if (snapshot.Count(Resource, ns) == 0 || type is not { Group: "", Plural: "pods" or "persistentvolumeclaims" })
        {
            return;
        }

        List<JsonObject> ranges = [.. snapshot.List(Resource, ns).Select(stored => stored.ToJson())];
        JsonObject spec = resource.Ensure("spec");
        if (type.Plural == "pods")
        {
            foreach (JsonObject range in ranges)
            {
                Fill(range, resource, spec);
            }

            resource.Ensure("status")["qosClass"] = PodResources.QosClass(spec);
        }

        foreach (JsonObject range in ranges)
        {
            List<string> problems = [.. range.Map("spec").Items("limits").SelectMany(limit => Problems(limit.Item, type, spec))];
            if (problems.Count > 0)
            {
                string text = problems.Count == 1 ? problems[0] : $"[{string.Join(", ", problems.Distinct(StringComparer.Ordinal))}]";
                throw Refusals.Forbidden(type, resource.Map("metadata").Text("name"), text);
            }
        }
    }

    /// <summary>Gives containers what they do not say themselves.</summary>
    private static void Fill(JsonObject range, JsonObject pod, JsonObject spec)
    {
        JsonObject requests = [], limits = [];
        foreach ((_, JsonObject limit) in range.Map("spec").Items("limits").Where(limit => limit.Item.Text("type") == "Container"))
        {
            Take(requests, limit.Map("defaultRequest"));
            Take(limits, limit.Map("default"));
        }

        List<string> notes = [];
        foreach ((string list, string word) in ((string, string)[])[("initContainers", "init container"), ("containers", "container")])
        {
            foreach ((_, JsonObject container) in spec.Items(list))
            {
                Fill(container, "requests", requests, $"request for {word}", notes);
                Fill(container, "limits", limits, $"limit for {word}", notes);
            }
        }

        if (notes.Count > 0)
        {
            pod.Ensure("metadata").Ensure("annotations")[Note] = $"LimitRanger plugin set: {string.Join("; ", notes)}";
        }
    }

    private static void Take(JsonObject amounts, JsonObject? more)
    {
        foreach ((string name, JsonNode? amount) in more ?? [])
        {
            amounts[name] = amount?.DeepClone();
        }
    }

    private static void Fill(JsonObject container, string part, JsonObject defaults, string what, List<string> notes)
    {
        List<string> added = [.. defaults.Select(amount => amount.Key).Where(name => container.Map("resources").Map(part)?[name] is null).Order(StringComparer.Ordinal)];
        if (added.Count == 0)
        {
            return;
        }

        JsonObject amounts = container.Ensure("resources").Ensure(part);
        foreach (string name in added)
        {
            amounts[name] = defaults[name]!.DeepClone();
        }

        notes.Add($"{string.Join(", ", added)} {what} {container.Text("name")}");
    }

    private static IEnumerable<string> Problems(JsonObject limit, ResourceType type, JsonObject spec)
    {
        string about = limit.Text("type");
        if (type.Plural == "persistentvolumeclaims")
        {
            return about == "PersistentVolumeClaim" ? Storage(limit, Amounts.Read(spec.Map("resources").Map("requests"))) : [];
        }

        return about switch
        {
            "Container" => spec.Items("containers").Concat(spec.Items("initContainers"))
                .SelectMany(container => Bounds(limit, about, Read(container.Item, "requests"), Read(container.Item, "limits"))),
            "Pod" => Bounds(limit, about, PodAmounts.Of(spec, "requests"), PodAmounts.Of(spec, "limits")),
            _ => [],
        };
    }

    private static Dictionary<string, Quantity> Read(JsonObject container, string part) => Amounts.Read(container.Map("resources").Map(part));

    private static IEnumerable<string> Storage(JsonObject limit, Dictionary<string, Quantity> requests)
    {
        foreach ((string name, Quantity least) in Amounts.Read(limit.Map("min")))
        {
            if (!requests.TryGetValue(name, out Quantity request) || request < least)
            {
                yield return $"minimum {name} usage per PersistentVolumeClaim is {least}, but request is {request}";
            }
        }

        foreach ((string name, Quantity most) in Amounts.Read(limit.Map("max")))
        {
            if (requests.TryGetValue(name, out Quantity request) && request > most)
            {
                yield return $"maximum {name} usage per PersistentVolumeClaim is {most}, but request is {request}";
            }
        }
    }

    private static IEnumerable<string> Bounds(JsonObject limit, string type, Dictionary<string, Quantity> requests, Dictionary<string, Quantity> limits)
    {
        foreach ((string name, Quantity bound) in Amounts.Read(limit.Map("min")))
        {
            string what = $"minimum {name} usage per {type} is {bound}";
            if (!requests.TryGetValue(name, out Quantity request))
            {
                yield return $"{what}.  No request is specified";
            }
            else if (request < bound)
            {
                yield return $"{what}, but request is {request}";
            }
            else if (limits.TryGetValue(name, out Quantity most) && most < bound)
            {
                yield return $"{what}, but limit is {most}";
            }
        }

        foreach ((string name, Quantity bound) in Amounts.Read(limit.Map("max")))
        {
            string what = $"maximum {name} usage per {type} is {bound}";
            if (!limits.TryGetValue(name, out Quantity most))
            {
                yield return $"{what}.  No limit is specified";
            }
            else if (most > bound)
            {
                yield return $"{what}, but limit is {most}";
            }
            else if (requests.TryGetValue(name, out Quantity request) && request > bound)
            {
                yield return $"{what}, but request is {request}";
            }
        }

        foreach ((string name, Quantity bound) in Amounts.Read(limit.Map("maxLimitRequestRatio")))
        {
            if (Ratio(name, bound, type, requests, limits) is { } problem)
            {
                yield return problem;
            }
        }
    }

    private static string? Ratio(string name, Quantity bound, string type, Dictionary<string, Quantity> requests, Dictionary<string, Quantity> limits)
    {
        string what = $"{name} max limit to request ratio per {type} is {bound}";
        if (!requests.TryGetValue(name, out Quantity request) || request.Nanos.IsZero)
        {
            return $"{what}, but no request is specified or request is 0";
        }

        if (!limits.TryGetValue(name, out Quantity most) || most.Nanos.IsZero)
        {
            return $"{what}, but no limit is specified or limit is 0";
        }

        double ratio = (double)most.Nanos / (double)request.Nanos;
        return ratio > (double)bound.Nanos / 1e9 ? string.Create(CultureInfo.InvariantCulture, $"{what}, but provided ratio is {ratio:F6}") : null;
    }
}
