using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Tests.Pods;

namespace Sympozium.LocalCluster.Tests.Deployments;

/// <summary>A control plane in mid-rollout, which a test kills.</summary>
internal static class RollingCluster
{
    public const int Replicas = 3;

    /// <summary>Rolls a Deployment out, then changes it, and says a line for each change of a pod or ReplicaSet after that.</summary>
    public static async Task RunAsync(string directory)
    {
        await using PodRig rig = await PodRig.StartAsync(directory: directory);
        await rig.Client.CreateAsync(CoreTypes.Deployments, New(), default);
        await UntilRolledOutAsync(rig, "first");
        string version = (await rig.Client.ListAsync(CoreTypes.Pods, "default", ListOptions.All, default)).ResourceVersion;
        await rig.Client.PatchAsync(CoreTypes.Deployments, "default", "web", new Patch(PatchType.Strategic, Change("second")), null, default);
        await foreach (WatchEvent change in rig.Client.WatchAsync(CoreTypes.Pods, "default", new WatchOptions { ResourceVersion = version }, default))
        {
            await Console.Out.WriteLineAsync($"changed {change.Type}");
            await Console.Out.FlushAsync();
        }
    }

    public static JsonObject New() => JsonNode.Parse($$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default"},
         "spec":{"replicas":{{Replicas}},"selector":{"matchLabels":{"app":"web"} },
                 "template":{"metadata":{"labels":{"app":"web","version":"first"} },
                             "spec":{"terminationGracePeriodSeconds":1,"containers":[{"name":"main","image":"x:1","command":["sleep","1000"]}]} } } }
        """)!.AsObject();

    public static JsonObject Change(string version) => JsonNode.Parse($$"""{"spec":{"template":{"metadata":{"labels":{"version":"{{version}}" } } } } }""")!.AsObject();

    public static async Task UntilRolledOutAsync(PodRig rig, string version) => await rig.UntilAsync(
        CoreTypes.Deployments, "web",
        found => (string?)found["spec"]!["template"]!["metadata"]!["labels"]!["version"] == version
            && (long?)found["status"]?["observedGeneration"] == (long?)found["metadata"]!["generation"]
            && (int?)found["status"]?["updatedReplicas"] == Replicas && (int?)found["status"]?["availableReplicas"] == Replicas
            && (int?)found["status"]?["replicas"] == Replicas && (int?)found["status"]?["terminatingReplicas"] == 0);
}
