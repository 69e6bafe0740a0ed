using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Nodes;

namespace Sympozium.LocalCluster.Pods.Scheduling;

/// <summary>
/// Whether the one node can take a pod: by its labels (nodeSelector, required node affinity), and by what a pod asks for against what the
/// machine has at all. Requests of several pods are not added up: on one machine they are wishes, and a fleet of agents that mostly waits
/// for models is to run there. What the stored Node says of taints and of taking no pods holds as well.
/// </summary>
internal sealed class NodeFit
{
    /// <summary>The scheduler that this is.</summary>
    public const string Scheduler = "default-scheduler";

    internal const string NotHelpful = " no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";

    private readonly Dictionary<string, string> _ownLabels;
    private volatile NodeFacts? _stored;

    public NodeFit(string name)
    {
        Name = name;
        string architecture = RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "amd64",
            Architecture other => other.ToString().ToLowerInvariant(),
        };
        _ownLabels = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["beta.kubernetes.io/arch"] = architecture,
            ["beta.kubernetes.io/os"] = "linux",
            ["kubernetes.io/arch"] = architecture,
            ["kubernetes.io/hostname"] = name,
            ["kubernetes.io/os"] = "linux",
        };
    }

    /// <summary>Takes over what the stored Node says.</summary>
    public void Observe(NodeFacts? stored) => _stored = stored;

    /// <summary>The node's name.</summary>
    public string Name { get; }

    private IReadOnlyDictionary<string, string> Labels => _stored?.Labels ?? _ownLabels;

    /// <summary>Whether a pod waits for this scheduler.</summary>
    public static bool IsOurs(JsonObject spec) => spec.Text("schedulerName") is "" or Scheduler;

    /// <summary>Whether a pod of this spec can run here whatever else runs; only the scheduler can tell of any other.</summary>
    public bool IsCertain(JsonObject spec) =>
        IsOurs(spec) && !IsGated(spec) && spec.Text("nodeName").Length == 0 && !PodAffinity.Matters(spec) && !ClaimFit.Matters(spec) && WhyNot(spec) is null;

    /// <summary>Why a pod of this spec cannot run here; null when it can.</summary>
    public string? WhyNot(JsonObject spec)
    {
        if (_stored is { IsUnschedulable: true } && new Taint(Taint.Unschedulable, "", Taint.NoSchedule).Repels(spec))
        {
            return "0/1 nodes are available: 1 node(s) were unschedulable." + NotHelpful;
        }

        if (_stored?.Taints.Any(taint => taint.Repels(spec)) == true)
        {
            return "0/1 nodes are available: 1 node(s) had untolerated taint(s)." + NotHelpful;
        }

        if (!Selects(spec))
        {
            return "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector." + NotHelpful;
        }

        string[] lacking = [.. Requests(spec).Where(r => r.Value > NodeCapacity.Of(r.Key)).Select(r => r.Key).Order(StringComparer.Ordinal)];
        return lacking.Length == 0
            ? null
            : $"0/1 nodes are available: {string.Join(", ", lacking.Select(l => $"1 Insufficient {l}"))}." + NotHelpful;
    }

    public static bool IsGated(JsonObject spec) => spec["schedulingGates"] is JsonArray { Count: > 0 };

    private bool Selects(JsonObject spec)
    {
        bool selected = (spec.Map("nodeSelector") ?? []).All(wanted => Labels.GetValueOrDefault(wanted.Key) == (string?)wanted.Value);
        JsonObject? required = spec.Map("affinity").Map("nodeAffinity").Map("requiredDuringSchedulingIgnoredDuringExecution");

        return selected && (required is null || Matches(required));
    }

    /// <summary>Whether the node is what a node selector wants: one term is enough, each of its expressions must hold.</summary>
    public bool Matches(JsonObject selector) => selector.Items("nodeSelectorTerms").Any(term => MatchesTerm(term.Item));

    private bool MatchesTerm(JsonObject term)
    {
        (int, JsonObject Item)[] expressions = [.. term.Items("matchExpressions")];
        (int, JsonObject Item)[] fields = [.. term.Items("matchFields")];
        return expressions.Length + fields.Length > 0
            && expressions.All(e => Holds(e.Item, Labels.GetValueOrDefault(e.Item.Text("key"))))
            && fields.All(f => Holds(f.Item, f.Item.Text("key") == "metadata.name" ? Name : null));
    }

    private static bool Holds(JsonObject expression, string? value)
    {
        List<string?> values = [.. (expression["values"] as JsonArray ?? []).Select(v => (string?)v)];
        return expression.Text("operator") switch
        {
            "In" => value is not null && values.Contains(value),
            "NotIn" => value is null || !values.Contains(value),
            "Exists" => value is not null,
            "DoesNotExist" => value is null,
            "Gt" => Compare(value, values) > 0,
            "Lt" => Compare(value, values) < 0,
            _ => false,
        };
    }

    private static int Compare(string? value, List<string?> values) =>
        long.TryParse(value, out long left) && values.Count == 1 && long.TryParse(values[0], out long right) ? left.CompareTo(right) : 0;

    /// <summary>What the pod asks for: its containers together, or its largest init container if that is more.</summary>
    private static Dictionary<string, decimal> Requests(JsonObject spec)
    {
        var sum = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach ((string list, bool adds) in new[] { ("containers", true), ("initContainers", false) })
        {
            foreach ((_, JsonObject container) in spec.Items(list))
            {
                bool added = adds || container.Text("restartPolicy") == "Always";
                foreach ((string resource, decimal amount) in Requests(container, "requests"))
                {
                    decimal before = sum.GetValueOrDefault(resource);
                    sum[resource] = added ? before + amount : Math.Max(before, amount);
                }
            }
        }

        return sum;
    }

    private static IEnumerable<(string Resource, decimal Amount)> Requests(JsonObject container, string which) =>
        (container.Map("resources").Map(which) ?? []).Select(r => (r.Key, Variables.ResourceQuantity.Parse(r.Value?.ToString() ?? "")));
}
