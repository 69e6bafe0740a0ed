using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Kinds.Printing;

/// <summary>The columns of what runs pods from a template.</summary>
internal static class WorkloadColumns
{
    /// <summary>What wide output says of the template.</summary>
    public static Column[] Template { get; } =
    [
        Column.Text("Containers", "Names of the containers.", item => Containers(item, "name"), Column.Wide),
        Column.Text("Images", "Images of the containers.", item => Containers(item, "image"), Column.Wide),
        Column.Text("Selector", "Labels of its pods.", item => Selectors.Show(item.Map("spec").Map("selector")), Column.Wide),
    ];

    public static Column[] Deployments { get; } =
    [
        Column.Named,
        Column.Text("Ready", "Ready pods of those wanted.", Ready),
        Count("Up-to-date", "string", "Pods of the present template.", "status", "updatedReplicas"),
        Count("Available", "string", "Pods that have been ready long enough.", "status", "availableReplicas"),
        Column.Age,
        .. Template,
    ];

    public static Column[] ReplicaSets { get; } =
    [
        Column.Named,
        Count("Desired", "integer", "Wanted pods.", "spec", "replicas"),
        Count("Current", "integer", "Pods that are not ending.", "status", "replicas"),
        Count("Ready", "integer", "Pods that are ready.", "status", "readyReplicas"),
        Column.Age,
        .. Template,
    ];

    private static Column Count(string name, string type, string description, string part, string field) =>
        new(name, type, "", 0, description, (item, _) => item.Map(part).Integer(field) ?? 0);

    private static string Ready(JsonObject item) => string.Create(
        CultureInfo.InvariantCulture, $"{item.Map("status").Integer("readyReplicas") ?? 0}/{item.Map("spec").Integer("replicas") ?? 0}");

    private static string Containers(JsonObject item, string field) => string.Join(
        ",", item.Map("spec").Map("template").Map("spec").Items("containers").Select(container => container.Item.Text(field)));
}
