using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Pods.Variables;
using Sympozium.LocalCluster.Server;

namespace Sympozium.LocalCluster.Nodes;

/// <summary>What this machine is, as a Node says it.</summary>
internal static class NodeDescription
{
    private const int MaxPods = 110;

    /// <summary>A new Node.</summary>
    public static JsonObject Object(string name) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Node",
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["labels"] = new JsonObject
            {
                ["beta.kubernetes.io/arch"] = Architecture,
                ["beta.kubernetes.io/os"] = "linux",
                ["kubernetes.io/arch"] = Architecture,
                ["kubernetes.io/hostname"] = name,
                ["kubernetes.io/os"] = "linux",
            },
        },
    };

    /// <param name="name">Name of the Node.</param>
    /// <param name="node">The Node as it is stored; conditions that hold on keep the time since when.</param>
    /// <param name="now">The time.</param>
    public static JsonObject Status(string name, JsonObject node, DateTimeOffset now)
    {
        JsonObject capacity = Capacity();
        return new JsonObject
        {
            ["addresses"] = new JsonArray(
                new JsonObject { ["type"] = "InternalIP", ["address"] = PodFields.NodeAddress }, new JsonObject { ["type"] = "Hostname", ["address"] = name }),
            ["allocatable"] = capacity.DeepClone(),
            ["capacity"] = capacity,
            ["conditions"] = new JsonArray(
                Condition(node, "MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", now),
                Condition(node, "DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", now),
                Condition(node, "PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available", now),
                Condition(node, "Ready", "True", "KubeletReady", "kubelet is posting ready status", now)),
            ["daemonEndpoints"] = new JsonObject { ["kubeletEndpoint"] = new JsonObject { ["Port"] = 0 } },
            ["nodeInfo"] = Info(),
        };
    }

    private static string Architecture => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.X86 => "386",
        var other => other.ToString().ToLowerInvariant(),
    };

    private static JsonObject Capacity()
    {
        DriveInfo root = new("/");
        return new JsonObject
        {
            ["cpu"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
            ["ephemeral-storage"] = string.Create(CultureInfo.InvariantCulture, $"{root.TotalSize / 1024}Ki"),
            ["memory"] = string.Create(CultureInfo.InvariantCulture, $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024}Ki"),
            ["pods"] = MaxPods.ToString(CultureInfo.InvariantCulture),
        };
    }

    private static JsonObject Info()
    {
        string machine = Read("/etc/machine-id");
        return new JsonObject
        {
            ["architecture"] = Architecture,
            ["bootID"] = Read("/proc/sys/kernel/random/boot_id"),
            ["containerRuntimeVersion"] = $"local://{HealthAndVersion.GitVersion[1..]}",
            ["kernelVersion"] = Read("/proc/sys/kernel/osrelease"),
            ["kubeProxyVersion"] = "",
            ["kubeletVersion"] = HealthAndVersion.GitVersion,
            ["machineID"] = machine,
            ["operatingSystem"] = "linux",
            ["osImage"] = Distribution(),
            ["systemUUID"] = machine,
        };
    }

    private static string Distribution()
    {
        const string Prefix = "PRETTY_NAME=";
        string? line = File.Exists("/etc/os-release") ? File.ReadLines("/etc/os-release").FirstOrDefault(text => text.StartsWith(Prefix, StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.OSDescription : line[Prefix.Length..].Trim('"');
    }

    private static string Read(string path) => File.Exists(path) ? File.ReadAllText(path).Trim() : "";

    private static JsonObject Condition(JsonObject node, string type, string status, string reason, string message, DateTimeOffset now)
    {
        JsonObject? known = node.Map("status").Items("conditions").Select(item => item.Item)
            .FirstOrDefault(item => item.Text("type") == type && item.Text("status") == status);
        return new JsonObject
        {
            ["type"] = type,
            ["status"] = status,
            ["lastHeartbeatTime"] = Metadata.Time(now),
            ["lastTransitionTime"] = known is null ? Metadata.Time(now) : known.Text("lastTransitionTime"),
            ["reason"] = reason,
            ["message"] = message,
        };
    }
}
