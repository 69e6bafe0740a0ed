using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Kinds.Printing;

/// <summary>The columns of the built-in kinds.</summary>
internal static class CoreColumns
{
    private const string None = "<none>";

    private static readonly Column[] Plain = [Column.Named, Column.Age];

    private static readonly Column[] Created = [Column.Named, Column.CreatedAt];

    private static readonly Column[] Bindings =
    [
        Column.Named,
        Column.Text("Role", "The role that is given.", item => $"{item.Map("roleRef").Text("kind")}/{item.Map("roleRef").Text("name")}"),
        Column.Age,
        Column.Text("Users", "Users who get it.", item => Subjects(item, "User"), Column.Wide),
        Column.Text("Groups", "Groups who get it.", item => Subjects(item, "Group"), Column.Wide),
        Column.Text("ServiceAccounts", "Service accounts who get it.", item => Subjects(item, "ServiceAccount"), Column.Wide),
    ];

    private static readonly Column[] Webhooks =
    [
        Column.Named,
        new("Webhooks", "integer", "", 0, "Number of webhooks.", (item, _) => (item["webhooks"] as JsonArray)?.Count ?? 0),
        Column.Age,
    ];

    private static readonly Dictionary<string, Column[]> ByKind = new(StringComparer.Ordinal)
    {
        ["ConfigMap"] = [Column.Named, Count("Data", "Number of keys.", "data", "binaryData"), Column.Age],
        ["Secret"] = [Column.Named, Column.Text("Type", "Type of the secret.", item => item.Text("type")), Count("Data", "Number of keys.", "data"), Column.Age],
        ["Namespace"] = [Column.Named, Column.Text("Status", "Phase of the namespace.", item => item.Map("status").Text("phase")), Column.Age],
        ["Lease"] = [Column.Named, Column.Text("Holder", "Who holds it.", item => item.Map("spec").Text("holderIdentity")), Column.Age],
        ["HorizontalPodAutoscaler"] = ClassColumns.Autoscalers,
        ["LimitRange"] = Created,
        ["PodDisruptionBudget"] = ClassColumns.Budgets,
        ["PriorityClass"] = ClassColumns.Priorities,
        ["RuntimeClass"] = ClassColumns.Runtimes,
        ["StorageClass"] = ClassColumns.Storage,
        ["ResourceQuota"] = QuotaColumns.All,
        ["Role"] = Created,
        ["ClusterRole"] = Created,
        ["CustomResourceDefinition"] = Created,
        ["RoleBinding"] = Bindings,
        ["ClusterRoleBinding"] = Bindings,
        ["NetworkPolicy"] =
        [
            Column.Named, Column.Text("Pod-Selector", "Which pods.", item => Selectors.Show(item.Map("spec").Map("podSelector"))), Column.Age,
        ],
        ["PersistentVolumeClaim"] = Claims(),
        ["Service"] = Services(),
        ["Endpoints"] = EndpointColumns.Endpoints,
        ["EndpointSlice"] = EndpointColumns.Slices,
        ["Node"] = NodeColumns.All,
        ["PersistentVolume"] = Volumes(),
        ["Deployment"] = WorkloadColumns.Deployments,
        ["ReplicaSet"] = WorkloadColumns.ReplicaSets,
        ["Event"] = EventColumns.All,
        ["Job"] = JobColumns.All,
        ["Scale"] =
        [
            Column.Named,
            new("Desired", "integer", "", 0, "Wanted number of replicas.", (item, _) => item.Map("spec").Integer("replicas") ?? 0),
            new("Available", "integer", "", 0, "Present number of replicas.", (item, _) => item.Map("status").Integer("replicas") ?? 0),
            Column.Age,
        ],
        ["MutatingWebhookConfiguration"] = Webhooks,
        ["ValidatingWebhookConfiguration"] = Webhooks,
        ["Pod"] = PodColumns.All,
    };

    public static Column[] For(string kind) => ByKind.GetValueOrDefault(kind, Plain);

    private static Column Count(string name, string description, params string[] maps) => new(
        name, "string", "", 0, description, (item, _) => maps.Sum(map => item.Map(map)?.Count ?? 0));

    private static string Subjects(JsonObject item, string kind) => string.Join(
        ", ",
        item.Items("subjects").Where(subject => subject.Item.Text("kind") == kind)
            .Select(subject => kind == "ServiceAccount" ? $"{subject.Item.Text("namespace")}/{subject.Item.Text("name")}" : subject.Item.Text("name")));

    private static Column[] Claims() =>
    [
        Column.Named,
        Column.Text(
            "Status", "Phase of the claim.", item => Column.Metadata(item, "deletionTimestamp") is null ? item.Map("status").Text("phase") : "Terminating"),
        Column.Text("Volume", "The bound volume.", item => item.Map("spec").Text("volumeName")),
        Column.Text("Capacity", "Size of the bound volume.", item => item.Map("spec").Text("volumeName").Length == 0 ? "" : item.Map("status").Map("capacity").Text("storage")),
        Column.Text("Access Modes", "How the volume may be mounted.", item => item.Map("spec").Text("volumeName").Length == 0 ? "" : Modes(item.Map("status"))),
        Column.Text("StorageClass", "The storage class.", item => item.Map("spec").Text("storageClassName")),
        Column.Text("VolumeAttributesClass", "The class of changeable attributes.", item => OrUnset(item.Map("spec").Text("volumeAttributesClassName"))),
        Column.Age,
        Column.Text("VolumeMode", "Filesystem or Block.", item => OrUnset(item.Map("spec").Text("volumeMode")), Column.Wide),
    ];

    private static Column[] Services() =>
    [
        Column.Named,
        Column.Text("Type", "Type of the service.", item => item.Map("spec").Text("type")),
        Column.Text("Cluster-IP", "Address of the service.", item => OrNone(item.Map("spec").Text("clusterIP"))),
        Column.Text("External-IP", "Addresses outside.", External),
        Column.Text("Port(s)", "Ports of the service.", Ports),
        Column.Age,
        Column.Text("Selector", "Labels of the pods behind it.", item => Labels(item.Map("spec").Map("selector")), Column.Wide),
    ];

    private static string External(JsonObject item)
    {
        JsonObject? spec = item.Map("spec");
        string own = string.Join(",", (spec?["externalIPs"] as JsonArray ?? []).Select(address => GoJson.Text(address)));
        if (spec.Text("type") == "ExternalName")
        {
            return spec.Text("externalName");
        }

        if (spec.Text("type") != "LoadBalancer")
        {
            return OrNone(own);
        }

        IEnumerable<string> ingress = item.Map("status").Map("loadBalancer").Items("ingress")
            .Select(entry => entry.Item.Text("ip") is { Length: > 0 } ip ? ip : entry.Item.Text("hostname"));
        string all = string.Join(",", ingress.Append(own).Where(text => text.Length > 0));
        return all.Length == 0 ? "<pending>" : all;
    }

    private static Column[] Volumes() =>
    [
        Column.Named,
        Column.Text("Capacity", "Size of the volume.", item => item.Map("spec").Map("capacity").Text("storage")),
        Column.Text("Access Modes", "How the volume may be mounted.", item => Modes(item.Map("spec"))),
        Column.Text("Reclaim Policy", "What becomes of it when its claim goes.", item => item.Map("spec").Text("persistentVolumeReclaimPolicy")),
        Column.Text(
            "Status", "Phase of the volume.", item => Column.Metadata(item, "deletionTimestamp") is null ? item.Map("status").Text("phase") : "Terminating"),
        Column.Text("Claim", "The claim that has it.", item => item.Map("spec").Map("claimRef") is { } claim ? $"{claim.Text("namespace")}/{claim.Text("name")}" : ""),
        Column.Text("StorageClass", "The storage class.", item => item.Map("spec").Text("storageClassName")),
        Column.Text("VolumeAttributesClass", "The class of changeable attributes.", item => OrUnset(item.Map("spec").Text("volumeAttributesClassName"))),
        Column.Text("Reason", "Why it is in that phase.", item => item.Map("status").Text("reason")),
        Column.Age,
        Column.Text("VolumeMode", "Filesystem or Block.", item => OrUnset(item.Map("spec").Text("volumeMode")), Column.Wide),
    ];

    private static string Ports(JsonObject item) => OrNone(string.Join(
        ",",
        item.Map("spec").Items("ports").Select(port => string.Create(
            CultureInfo.InvariantCulture,
            $"{port.Item.Integer("port")}{(port.Item.Integer("nodePort") is > 0 and var node ? $":{node}" : "")}/{port.Item.Text("protocol")}"))));

    private static string Modes(JsonObject? part) => string.Join(
        ",",
        (part?["accessModes"] as JsonArray ?? []).Select(mode => GoJson.Text(mode) switch
        {
            "ReadWriteOnce" => "RWO",
            "ReadOnlyMany" => "ROX",
            "ReadWriteMany" => "RWX",
            "ReadWriteOncePod" => "RWOP",
            var other => other ?? "",
        }));

    private static string Labels(JsonObject? labels) =>
        labels is not { Count: > 0 } ? None : string.Join(",", labels.Select(label => $"{label.Key}={GoJson.Text(label.Value)}").Order(StringComparer.Ordinal));

    private static string OrNone(string text) => text.Length == 0 ? None : text;

    private static string OrUnset(string text) => text.Length == 0 ? "<unset>" : text;
}

/// <summary>Label selectors as text.</summary>
internal static class Selectors
{
    public static string Show(JsonObject? selector)
    {
        if (selector is null)
        {
            return "<none>";
        }

        string text = Text(selector);
        return text.Length == 0 ? "<none>" : text;
    }

    /// <summary>As a query parameter has it: requirements in order of their keys; empty when everything is selected.</summary>
    public static string Text(JsonObject selector)
    {
        List<(string Key, string Text)> parts = [];
        foreach ((string key, JsonNode? value) in selector.Map("matchLabels") ?? [])
        {
            parts.Add((key, $"{key}={GoJson.Text(value)}"));
        }

        foreach ((_, JsonObject expression) in selector.Items("matchExpressions"))
        {
            string key = expression.Text("key");
            string values = string.Join(",", (expression["values"] as JsonArray ?? []).Select(value => GoJson.Text(value)).Order(StringComparer.Ordinal));
            parts.Add((key, expression.Text("operator") switch
            {
                "In" => $"{key} in ({values})",
                "NotIn" => $"{key} notin ({values})",
                "Exists" => key,
                _ => $"!{key}",
            }));
        }

        return string.Join(",", parts.OrderBy(part => part.Key, StringComparer.Ordinal).Select(part => part.Text));
    }
}
