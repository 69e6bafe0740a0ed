using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Networking;

/// <summary>Service: defaults, what an update carries over, validation. Addresses and node ports are given out elsewhere.</summary>
internal sealed class ServiceRules : KindRules
{
    public const string None = "None";
    private const int AffinitySeconds = 10_800;

    public override NameForm Naming => NameForm.Label;

    public static bool IsHeadless(JsonObject? spec) => spec.Text("clusterIP") == None || GoJson.Text((spec?["clusterIPs"] as JsonArray)?.FirstOrDefault()) == None;

    /// <summary>Whether services of this type are reached by ports of the nodes.</summary>
    public static bool NeedsNodePorts(JsonObject? spec) =>
        spec.Text("type") == "NodePort" || (spec.Text("type") == "LoadBalancer" && GoJson.Flag(spec!["allocateLoadBalancerNodePorts"]) != false);

    /// <summary>Whether services of this type have an address, or say that they want none.</summary>
    public static bool NeedsAddress(JsonObject? spec) => spec.Text("type") is "ClusterIP" or "NodePort" or "LoadBalancer";

    public override void ApplyDefaults(JsonObject obj)
    {
        JsonObject spec = obj.Ensure("spec");
        spec.Default("sessionAffinity", None);
        switch (spec.Text("sessionAffinity"))
        {
            case None:
                spec.Remove("sessionAffinityConfig");
                break;
            case "ClientIP":
                spec.Ensure("sessionAffinityConfig").Ensure("clientIP").Default("timeoutSeconds", AffinitySeconds);
                break;
        }

        spec.Default("type", "ClusterIP");
        if (spec.Text("type") is "NodePort" or "LoadBalancer")
        {
            spec.Default("externalTrafficPolicy", "Cluster");
        }

        if (NeedsAddress(spec))
        {
            spec.Default("internalTrafficPolicy", "Cluster");
        }

        if (spec.Text("type") == "LoadBalancer")
        {
            spec.Default("allocateLoadBalancerNodePorts", true);
        }

        foreach ((_, JsonObject port) in spec.Items("ports"))
        {
            port.Default("protocol", "TCP");
            if (port["targetPort"] is null || GoJson.Integer(port["targetPort"]) == 0 || GoJson.Text(port["targetPort"]) == "")
            {
                port["targetPort"] = port["port"]?.DeepClone();
            }
        }

        obj.Ensure("status").Ensure("loadBalancer");
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        obj["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };
        Pair(obj.Ensure("spec"));
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        obj["status"] = old["status"]?.DeepClone();
        JsonObject spec = obj.Ensure("spec");
        JsonObject before = old.Map("spec") ?? [];
        if (NeedsAddress(spec) && NeedsAddress(before))
        {
            CarryAddress(spec, before);
        }
        else if (!NeedsAddress(spec) && JsonNode.DeepEquals(spec["clusterIPs"], before["clusterIPs"]))
        {
            // An alias has no address: one that was not asked for anew is given back.
            foreach (string field in (string[])["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"])
            {
                spec.Remove(field);
            }
        }

        Pair(spec);
        if (NeedsNodePorts(before))
        {
            CarryNodePorts(spec, before);
        }

        if (!NeedsNodePorts(spec) && JsonNode.DeepEquals(spec["externalTrafficPolicy"], before["externalTrafficPolicy"]) && spec.Text("type") is "ClusterIP" or "ExternalName")
        {
            spec.Remove("externalTrafficPolicy");
        }
    }

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems) =>
        new ServiceValidation(obj.Map("spec") ?? [], old?.Map("spec"), problems).Run();

    /// <summary>The address is written twice: alone, and as the first of all.</summary>
    private static void Pair(JsonObject spec)
    {
        string first = GoJson.Text((spec["clusterIPs"] as JsonArray)?.FirstOrDefault()) ?? "";
        if (spec.Text("clusterIP").Length > 0 && first.Length == 0)
        {
            spec["clusterIPs"] = new JsonArray(spec["clusterIP"]!.DeepClone());
        }
        else if (first.Length > 0 && spec.Text("clusterIP").Length == 0)
        {
            spec["clusterIP"] = first;
        }
    }

    private static void CarryAddress(JsonObject spec, JsonObject before)
    {
        bool isNew = spec.Text("clusterIP").Length > 0 && spec.Text("clusterIP") != before.Text("clusterIP");
        if (isNew && JsonNode.DeepEquals(spec["clusterIPs"], before["clusterIPs"]))
        {
            spec["clusterIPs"] = new JsonArray(spec["clusterIP"]!.DeepClone());
        }

        foreach (string field in (string[])["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"])
        {
            if (spec[field] is null && before[field] is { } kept && !(isNew && field == "clusterIPs"))
            {
                spec[field] = kept.DeepClone();
            }
        }
    }

    private static void CarryNodePorts(JsonObject spec, JsonObject before)
    {
        foreach ((_, JsonObject port) in spec.Items("ports"))
        {
            JsonObject? same = before.Items("ports").Select(item => item.Item)
                .FirstOrDefault(item => item.Integer("port") == port.Integer("port") && item.Text("protocol") == port.Text("protocol"));
            if (NeedsNodePorts(spec) && port["nodePort"] is null && same?["nodePort"] is { } kept)
            {
                port["nodePort"] = kept.DeepClone();
            }
            else if (!NeedsNodePorts(spec) && port["nodePort"] is not null && port.Integer("nodePort") == same.Integer("nodePort"))
            {
                port.Remove("nodePort");
            }
        }
    }
}
