using System.Net;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules.Pods;

namespace Sympozium.LocalCluster.Kinds.Rules.Networking;

/// <summary>Validates the spec of a Service.</summary>
internal sealed class ServiceValidation(JsonObject spec, JsonObject? before, List<FieldProblem> problems)
{
    private const string OnlyBalanced = "may only be used when `type` is 'LoadBalancer'";

    private string Type => spec.Text("type");

    private bool IsExternal => Type is "NodePort" or "LoadBalancer" || (Type == "ClusterIP" && spec["externalIPs"] is JsonArray { Count: > 0 });

    public void Run()
    {
        bool isHeadless = ServiceRules.IsHeadless(spec);
        if (spec["ports"] is not JsonArray { Count: > 0 } && !isHeadless && Type != "ExternalName")
        {
            problems.Required("spec.ports");
        }

        OfType(isHeadless);
        Ports();
        MetadataRules.Labels(spec.Map("selector"), "spec.selector", problems);
        Affinity();
        Addresses();
        problems.OneOf("spec.type", spec["type"], required: true, "ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
        Balancing();
        Traffic();
    }

    private void OfType(bool isHeadless)
    {
        if (Type is "NodePort" or "LoadBalancer" && isHeadless)
        {
            problems.Invalid("spec.clusterIPs[0]", ServiceRules.None, [$"may not be set to 'None' for {Type} services"]);
        }

        if (Type != "ExternalName")
        {
            return;
        }

        if (spec["clusterIPs"] is JsonArray { Count: > 0 })
        {
            problems.Forbidden("spec.clusterIPs", "may not be set for ExternalName services");
        }

        string name = spec.Text("externalName");
        name = name.EndsWith('.') ? name[..^1] : name;
        if (name.Length == 0)
        {
            problems.Required("spec.externalName");
        }
        else
        {
            problems.Invalid("spec.externalName", name, Names.Subdomain(name));
        }
    }

    private void Ports()
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        HashSet<(string, long?)> taken = [];
        HashSet<(string, long?)> nodePorts = [];
        int count = spec.Items("ports").Count();
        foreach ((int index, JsonObject port) in spec.Items("ports"))
        {
            string path = PodValidation.At("spec.ports", index);
            Port(port, path, count > 1, names);
            string protocol = port.Text("protocol");
            if (Type == "ClusterIP" && port.Integer("nodePort") is not (null or 0))
            {
                problems.Forbidden($"{path}.nodePort", "may not be used when `type` is 'ClusterIP'");
            }
            else if (port.Integer("nodePort") is not (null or 0) && !nodePorts.Add((protocol, port.Integer("nodePort"))))
            {
                problems.Duplicate($"{path}.nodePort", port["nodePort"]);
            }

            if (!taken.Add((protocol, port.Integer("port"))))
            {
                // Shown as Kubernetes' own type has it.
                string shown = $$"""{"Name":"","Protocol":{{GoJson.Quote(protocol)}},"AppProtocol":null,"Port":{{port.Integer("port") ?? 0}},"TargetPort":0,"NodePort":0}""";
                problems.Add(new FieldProblem(path, ProblemReasons.Duplicate, $"Duplicate value: {shown}"));
            }
        }
    }

    private void Port(JsonObject port, string path, bool requiresName, HashSet<string> names)
    {
        string name = port.Text("name");
        if (name.Length > 0)
        {
            problems.Invalid($"{path}.name", name, Names.Label(name));
            if (!names.Add(name))
            {
                problems.Duplicate($"{path}.name", name);
            }
        }
        else if (requiresName)
        {
            problems.Required($"{path}.name");
        }

        EndpointAddresses.ValidatePort(port["port"], $"{path}.port", problems);
        problems.OneOf($"{path}.protocol", port["protocol"], required: true, "SCTP", "TCP", "UDP");
        if (GoJson.Text(port["targetPort"]) is { } target)
        {
            problems.Invalid($"{path}.targetPort", target, Names.PortName(target));
        }
        else
        {
            EndpointAddresses.ValidatePort(port["targetPort"], $"{path}.targetPort", problems);
        }

        if (port.Text("appProtocol") is { Length: > 0 } application)
        {
            problems.Invalid($"{path}.appProtocol", application, Names.QualifiedName(application, "a valid label key"));
        }
    }

    private void Affinity()
    {
        problems.OneOf("spec.sessionAffinity", spec["sessionAffinity"], required: true, "ClientIP", "None");
        JsonNode? timeout = spec.Map("sessionAffinityConfig").Map("clientIP")?["timeoutSeconds"];
        if (spec.Text("sessionAffinity") == "ClientIP" && GoJson.Integer(timeout) is not (> 0 and <= 86_400))
        {
            problems.Invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", timeout, "must be greater than 0 and less than 86400");
        }
    }

    private void Addresses()
    {
        JsonArray addresses = spec["clusterIPs"] as JsonArray ?? [];
        for (int i = 0; i < addresses.Count; i++)
        {
            string address = GoJson.Text(addresses[i]) ?? "";
            if (address == ServiceRules.None && i > 0)
            {
                problems.Invalid(PodValidation.At("spec.clusterIPs", i), address, ["'None' must be the first and only value"]);
            }
            else if (address != ServiceRules.None && !EndpointAddresses.IsAddress(address))
            {
                EndpointAddresses.Validate(address, PodValidation.At("spec.clusterIPs", i), problems);
            }
        }

        First(addresses);
        problems.OneOf("spec.ipFamilyPolicy", spec["ipFamilyPolicy"], required: false, "PreferDualStack", "RequireDualStack", "SingleStack");
        JsonArray external = spec["externalIPs"] as JsonArray ?? [];
        for (int i = 0; i < external.Count; i++)
        {
            string address = GoJson.Text(external[i]) ?? "";
            EndpointAddresses.Validate(address, PodValidation.At("spec.externalIPs", i), problems);
            if (IPAddress.TryParse(address, out IPAddress? parsed) && IPAddress.IsLoopback(parsed))
            {
                problems.Invalid(PodValidation.At("spec.externalIPs", i), address, ["may not be in the loopback range (127.0.0.0/8, ::1/128)"]);
            }
        }
    }

    /// <summary>The main address, which stays what it is.</summary>
    private void First(JsonArray addresses)
    {
        string first = GoJson.Text(addresses.FirstOrDefault()) ?? "";
        if (spec.Text("clusterIP").Length > 0 && first != spec.Text("clusterIP"))
        {
            problems.Invalid("spec.clusterIPs", addresses, "first value must match `clusterIP`");
        }

        string was = GoJson.Text((before?["clusterIPs"] as JsonArray)?.FirstOrDefault()) ?? "";
        if (was.Length > 0 && ServiceRules.NeedsAddress(spec) && ServiceRules.NeedsAddress(before))
        {
            if (first.Length == 0)
            {
                problems.Invalid("spec.clusterIPs[0]", addresses, "primary clusterIP can not be unset");
            }
            else if (first != was)
            {
                problems.Invalid("spec.clusterIPs[0]", addresses, "may not change once set");
            }
        }
    }

    private void Balancing()
    {
        if (Type == "LoadBalancer")
        {
            if (spec["allocateLoadBalancerNodePorts"] is null)
            {
                problems.Required("spec.allocateLoadBalancerNodePorts");
            }

            return;
        }

        if (spec["loadBalancerSourceRanges"] is JsonArray { Count: > 0 })
        {
            problems.Forbidden("spec.LoadBalancerSourceRanges", OnlyBalanced);
        }

        if (spec["allocateLoadBalancerNodePorts"] is not null)
        {
            problems.Forbidden("spec.allocateLoadBalancerNodePorts", OnlyBalanced);
        }

        if (spec["loadBalancerClass"] is not null)
        {
            problems.Forbidden("spec.loadBalancerClass", OnlyBalanced);
        }
    }

    private void Traffic()
    {
        if (IsExternal)
        {
            problems.OneOf("spec.externalTrafficPolicy", spec["externalTrafficPolicy"], required: Type != "ClusterIP", "Cluster", "Local");
        }
        else if (spec.Text("externalTrafficPolicy").Length > 0)
        {
            problems.Invalid("spec.externalTrafficPolicy", spec.Text("externalTrafficPolicy"), ["may only be set for externally-accessible services"]);
        }

        bool needsCheck = Type == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local";
        if (!needsCheck && spec.Integer("healthCheckNodePort") is not (null or 0))
        {
            problems.Invalid(
                "spec.healthCheckNodePort", spec["healthCheckNodePort"], "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
        }

        if (ServiceRules.NeedsAddress(spec))
        {
            problems.OneOf("spec.internalTrafficPolicy", spec["internalTrafficPolicy"], required: true, "Cluster", "Local");
        }

        problems.OneOf("spec.trafficDistribution", spec["trafficDistribution"], required: false, "PreferClose", "PreferSameNode", "PreferSameZone");
    }
}
