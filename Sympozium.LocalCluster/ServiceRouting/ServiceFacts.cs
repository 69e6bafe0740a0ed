using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Kinds.Rules.Networking;

namespace Sympozium.LocalCluster.ServiceRouting;

/// <summary>One port of a Service. The pods' port is given by number, or by name when that is not empty.</summary>
internal sealed record ServicePort(string Name, string Protocol, int Port, int TargetPort, string TargetName, int NodePort, string? AppProtocol)
{
    /// <summary>The pod's port; 0 when the pod has none of that name.</summary>
    public int Resolve(PodFacts pod) => TargetName.Length == 0
        ? TargetPort
        : pod.Ports.FirstOrDefault(port => port.Name == TargetName && port.Protocol == Protocol)?.Number ?? 0;
}

/// <summary>A Service as controllers see it.</summary>
internal sealed record ServiceFacts : ObjectFacts
{
    public ServiceFacts(JsonObject service)
        : base(service)
    {
        JsonObject? spec = service.Map("spec");
        Type = spec.Text("type");
        Address = spec.Text("clusterIP");
        IsHeadless = ServiceRules.IsHeadless(spec);
        Selector = Texts(spec.Map("selector"));
        PublishesNotReady = spec.IsTrue("publishNotReadyAddresses");
        Ports =
        [
            .. spec.Items("ports").Select(port => new ServicePort(
                port.Item.Text("name"), port.Item.Text("protocol"), (int)(port.Item.Integer("port") ?? 0), (int)(GoJson.Integer(port.Item["targetPort"]) ?? 0),
                port.Item.Text("targetPort"), (int)(port.Item.Integer("nodePort") ?? 0), GoJson.Text(port.Item["appProtocol"]))),
        ];
    }

    public string Type { get; }

    /// <summary>The address of its own; <c>None</c> or empty when it has none.</summary>
    public string Address { get; }

    public bool IsHeadless { get; }

    public bool HasAddress => Address.Length > 0 && !IsHeadless;

    /// <summary>Labels of its pods; without any its endpoints are somebody else's business.</summary>
    public IReadOnlyDictionary<string, string> Selector { get; }

    public bool PublishesNotReady { get; }

    public IReadOnlyList<ServicePort> Ports { get; }

    public bool Selects(PodFacts pod) =>
        Selector.Count > 0 && Selector.All(label => pod.Labels.TryGetValue(label.Key, out string? value) && value == label.Value);
}
