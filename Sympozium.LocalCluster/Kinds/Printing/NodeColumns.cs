using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Kinds.Printing;

/// <summary>The columns of nodes.</summary>
internal static class NodeColumns
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static Column[] All { get; } =
    [
        Column.Named,
        Column.Text("Status", "Whether it runs pods.", Status),
        Column.Text("Roles", "What it is for.", Roles),
        Column.Age,
        Column.Text("Version", "Version of the node agent.", item => Info(item, "kubeletVersion")),
        Column.Text("Internal-IP", "Address inside.", item => Address(item, "InternalIP"), Column.Wide),
        Column.Text("External-IP", "Address outside.", item => Address(item, "ExternalIP"), Column.Wide),
        Column.Text("OS-Image", "Distribution.", item => OrUnknown(Info(item, "osImage")), Column.Wide),
        Column.Text("Kernel-Version", "Kernel.", item => OrUnknown(Info(item, "kernelVersion")), Column.Wide),
        Column.Text("Container-Runtime", "What runs containers.", item => OrUnknown(Info(item, "containerRuntimeVersion")), Column.Wide),
    ];

    private static string Status(JsonObject item)
    {
        JsonObject? ready = item.Map("status").Items("conditions").Select(condition => condition.Item).FirstOrDefault(condition => condition.Text("type") == "Ready");
        string status = ready is null ? "Unknown" : ready.Text("status") == "True" ? "Ready" : "NotReady";
        return item.Map("spec").IsTrue("unschedulable") ? $"{status},SchedulingDisabled" : status;
    }

    private static string Roles(JsonObject item)
    {
        IEnumerable<string> roles = (item.Map("metadata").Map("labels") ?? []).Select(label => label.Key.StartsWith(RolePrefix, StringComparison.Ordinal)
            ? label.Key[RolePrefix.Length..]
            : label.Key == "kubernetes.io/role" ? GoJson.Text(label.Value) ?? "" : "").Where(role => role.Length > 0);
        string all = string.Join(",", roles.Distinct().Order(StringComparer.Ordinal));
        return all.Length == 0 ? "<none>" : all;
    }

    private static string Address(JsonObject item, string type) =>
        item.Map("status").Items("addresses").Where(address => address.Item.Text("type") == type).Select(address => address.Item.Text("address")).FirstOrDefault() ?? "<none>";

    private static string Info(JsonObject item, string field) => item.Map("status").Map("nodeInfo").Text(field);

    private static string OrUnknown(string text) => text.Length == 0 ? "<unknown>" : text;
}
