using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Admission;

/// <summary>Gives a new pod the priority of its class, or of the class that is everybody's default.</summary>
internal static class PriorityAdmission
{
    public static readonly ResourceType Type = new("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", Namespaced: false);

    private static readonly ResourceKey Classes = ObjectReader.Resource(Type);

    private static readonly ConditionalWeakTable<object, DefaultClass> Defaults = [];

    /// <summary>The classes that every cluster has, with their values.</summary>
    public static IReadOnlyDictionary<string, long> System { get; } = new Dictionary<string, long>(StringComparer.Ordinal)
    {
        ["system-cluster-critical"] = 2_000_000_000,
        ["system-node-critical"] = 2_000_001_000,
    };

    /// <summary>A class that every cluster has.</summary>
    public static JsonObject Make(string name, long value) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = name },
        ["value"] = value,
        ["description"] = "For what the cluster itself cannot do without.",
    };

    /// <exception cref="KubernetesException">403: there is no such class, or the pod names a priority that is not its class's.</exception>
    public static void Apply(StoreSnapshot snapshot, JsonObject pod)
    {
        JsonObject spec = pod.Ensure("spec");
        string name = spec.Text("priorityClassName");
        JsonObject? found = name.Length == 0 ? Default(snapshot) : snapshot.Find(new ObjectKey(Classes, "", name))?.ToJson();
        long priority = found.Integer("value") ?? 0;
        if (name.Length > 0 && found is null && !System.TryGetValue(name, out priority))
        {
            throw Refusals.Forbidden(CoreTypes.Pods, pod.Map("metadata").Text("name"), $"no PriorityClass with name {name} was found");
        }

        if (name.Length == 0 && found is not null)
        {
            spec["priorityClassName"] = found.Map("metadata").Text("name");
        }

        if (spec.Integer("priority") is { } own && own != priority)
        {
            throw Refusals.Forbidden(
                CoreTypes.Pods, pod.Map("metadata").Text("name"),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the integer value of priority ({own}) must not be provided in pod spec; priority admission controller computed {priority} from the given PriorityClass name"));
        }

        spec["priority"] = priority;
        spec.Default("preemptionPolicy", found.Text("preemptionPolicy") is { Length: > 0 } policy ? policy : "PreemptLowerPriority");
    }

    // Of several defaults the least one counts. Known as long as no class changes.
    private static JsonObject? Default(StoreSnapshot snapshot) => snapshot.Identity(Classes) is not { } classes
        ? null
        : Defaults.GetValue(classes, _ => new DefaultClass(snapshot.List(Classes, "").Select(stored => stored.ToJson()).Where(item => item.IsTrue("globalDefault"))
            .OrderBy(item => item.Integer("value") ?? 0).FirstOrDefault())).Class;

    private sealed record DefaultClass(JsonObject? Class);
}
