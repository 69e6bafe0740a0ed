using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Kinds.Printing;

/// <summary>The columns of classes of things, of disruption budgets and of autoscalers.</summary>
internal static class ClassColumns
{
    private const string DefaultClass = "storageclass.kubernetes.io/is-default-class";

    public static Column[] Priorities { get; } =
    [
        Column.Named,
        new("Value", "integer", "", 0, "The priority.", (item, _) => item.Integer("value") ?? 0),
        new("Global-Default", "boolean", "", 0, "Whether pods get it that name none.", (item, _) => item.IsTrue("globalDefault")),
        Column.Age,
        Column.Text("PreemptionPolicy", "Whether pods of this class take others' place.", item => item.Text("preemptionPolicy")),
    ];

    public static Column[] Storage { get; } =
    [
        Column.Named with { Cell = (item, _) => StorageName(item) },
        Column.Text("Provisioner", "Who makes the volumes.", item => item.Text("provisioner")),
        Column.Text("ReclaimPolicy", "What becomes of a volume when its claim goes.", item => item.Text("reclaimPolicy")),
        Column.Text("VolumeBindingMode", "When a claim gets its volume.", item => item.Text("volumeBindingMode")),
        new("AllowVolumeExpansion", "string", "", 0, "Whether claims may grow.", (item, _) => item.IsTrue("allowVolumeExpansion")),
        Column.Age,
    ];

    public static Column[] Runtimes { get; } =
    [
        Column.Named, Column.Text("Handler", "Name at the container runtime.", item => item.Text("handler")), Column.Age,
    ];

    public static Column[] Budgets { get; } =
    [
        Column.Named,
        Column.Text("Min Available", "Least pods that must be there.", item => Bound(item, "minAvailable")),
        Column.Text("Max Unavailable", "Most pods that may be away.", item => Bound(item, "maxUnavailable")),
        new("Allowed Disruptions", "integer", "", 0, "Pods that may be evicted now.", (item, _) => item.Map("status").Integer("disruptionsAllowed") ?? 0),
        Column.Age,
    ];

    public static Column[] Autoscalers { get; } =
    [
        Column.Named,
        Column.Text("Reference", "What is scaled.", item => $"{Target(item).Text("kind")}/{Target(item).Text("name")}"),
        Column.Text("Targets", "What is measured, and what it shall be.", Targets),
        Column.Text("MinPods", "Least replicas.", item => Number(item.Map("spec").Integer("minReplicas")) ?? "<unset>"),
        new("MaxPods", "integer", "", 0, "Most replicas.", (item, _) => item.Map("spec").Integer("maxReplicas") ?? 0),
        new("Replicas", "integer", "", 0, "Present number of replicas.", (item, _) => item.Map("status").Integer("currentReplicas") ?? 0),
        Column.Age,
    ];

    private static JsonObject? Target(JsonObject item) => item.Map("spec").Map("scaleTargetRef");

    private static string StorageName(JsonObject item)
    {
        string name = Column.Metadata(item, "name") ?? "";
        return item.Map("metadata").Map("annotations").Text(DefaultClass) == "true" ? $"{name} (default)" : name;
    }

    private static string Bound(JsonObject item, string bound) =>
        GoJson.Text(item.Map("spec")?[bound]) ?? Number(item.Map("spec").Integer(bound)) ?? "N/A";

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string Targets(JsonObject item)
    {
        List<string> targets = item.Map("spec").Integer("targetCPUUtilizationPercentage") is { } processor
            ? [string.Create(CultureInfo.InvariantCulture, $"cpu: <unknown>/{processor}%")]
            : [];
        foreach ((_, JsonObject metric) in item.Map("spec").Items("metrics"))
        {
            JsonObject? resource = metric.Map("resource") ?? metric.Map("containerResource");
            JsonObject? target = resource.Map("target");
            targets.Add(resource is null
                ? "<unknown type>"
                : target.Integer("averageUtilization") is { } percent
                    ? string.Create(CultureInfo.InvariantCulture, $"{resource.Text("name")}: <unknown>/{percent}%")
                    : $"{resource.Text("name")}: <unknown>/{target.Text("averageValue")}");
        }

        return targets.Count == 0 ? "<none>" : string.Join(", ", targets);
    }
}
