using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>Probes and hooks, with real processes.</summary>
public sealed class PodProbeTests
{
    private const string Loop = "while :; do sleep 0.05; done";

    [Fact]
    public async Task Readiness_FileComesAndGoes_FollowsIt()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("gate", $$"""
            {"restartPolicy":"Never","terminationGracePeriodSeconds":1,"volumes":[{"name":"w","hostPath":{"path":"{{rig.DataDirectory}}"} }],
             "containers":[{"name":"main","image":"any","volumeMounts":[{"name":"w","mountPath":"/w"}],"command":["sh","-c","{{Loop}}"],
              "readinessProbe":{"exec":{"command":["test","-f","/w/ready"]},"periodSeconds":1,"timeoutSeconds":30,"failureThreshold":1} }]}
            """);
        JsonObject unready = await rig.UntilAsync(CoreTypes.Pods, "gate", p => Condition(p, "Ready") == "False" && Phase(p) == "Running");
        Assert.Equal("containers with unready status: [main]", (string?)ConditionOf(unready, "Ready")["message"]);

        await File.WriteAllTextAsync(Path.Combine(rig.DataDirectory, "ready"), "");
        await rig.UntilAsync(CoreTypes.Pods, "gate", p => Condition(p, "Ready") == "True");
        File.Delete(Path.Combine(rig.DataDirectory, "ready"));

        await rig.UntilAsync(CoreTypes.Pods, "gate", p => Condition(p, "Ready") == "False" && !(bool)p["status"]!["containerStatuses"]![0]!["ready"]!);
        await rig.UntilEventAsync("Unhealthy", "Readiness probe failed: ");
    }

    [Fact]
    public async Task Liveness_Fails_RestartsTheContainerWithItsHook()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("sick", $$"""
            {"restartPolicy":"Always","terminationGracePeriodSeconds":30,"volumes":[{"name":"w","hostPath":{"path":"{{rig.DataDirectory}}"} }],
             "containers":[{"name":"main","image":"any","volumeMounts":[{"name":"w","mountPath":"/w"}],
              "command":["sh","-c","trap 'echo term >>/w/order; exit 0' TERM; touch /w/up; {{Loop}}"],
              "lifecycle":{"preStop":{"exec":{"command":["sh","-c","echo hook >>/w/order"]} } },
              "livenessProbe":{"exec":{"command":["sh","-c","[ ! -e /w/up ] || [ -e /w/order ] || { echo it is sick; exit 1; }"]},"periodSeconds":1,"timeoutSeconds":30,"failureThreshold":1} }]}
            """);

        JsonObject pod = await rig.UntilAsync(CoreTypes.Pods, "sick", p => (int?)p["status"]?["containerStatuses"]?[0]?["restartCount"] == 1);

        Assert.Equal(["hook", "term"], (await File.ReadAllLinesAsync(Path.Combine(rig.DataDirectory, "order"))).Take(2));
        Assert.Equal(0, (int)pod["status"]!["containerStatuses"]![0]!["lastState"]!["terminated"]!["exitCode"]!);
        await rig.UntilEventAsync("Unhealthy", "Liveness probe failed: it is sick\n");
        await rig.UntilEventAsync("Killing", "Container main failed liveness probe, will be restarted");
    }

    [Fact]
    public async Task Startup_UntilItSucceeds_NoOtherProbeRunsAndNothingIsReady()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("slow", $$"""
            {"restartPolicy":"Never","terminationGracePeriodSeconds":1,"volumes":[{"name":"w","hostPath":{"path":"{{rig.DataDirectory}}"} }],
             "containers":[{"name":"main","image":"any","volumeMounts":[{"name":"w","mountPath":"/w"}],"command":["sh","-c","{{Loop}}"],
              "startupProbe":{"exec":{"command":["test","-f","/w/up"]},"periodSeconds":1,"timeoutSeconds":30,"failureThreshold":100},
              "livenessProbe":{"exec":{"command":["test","-f","/w/up"]},"periodSeconds":1,"timeoutSeconds":30,"failureThreshold":1} }]}
            """);
        await rig.UntilEventAsync("Unhealthy", "Startup probe failed: ");
        JsonObject waiting = await rig.UntilPhaseAsync("slow", "Running");
        Assert.False((bool)waiting["status"]!["containerStatuses"]![0]!["started"]!);

        await File.WriteAllTextAsync(Path.Combine(rig.DataDirectory, "up"), "");

        JsonObject up = await rig.UntilAsync(CoreTypes.Pods, "slow", p => Condition(p, "Ready") == "True");
        Assert.True((bool)up["status"]!["containerStatuses"]![0]!["started"]!);
        Assert.Equal(0, (int)up["status"]!["containerStatuses"]![0]!["restartCount"]!);
    }

    [Theory]
    [InlineData("\"tcpSocket\":{\"port\":1,\"host\":\"127.0.0.1\"}", "Liveness probe failed: dial tcp 127.0.0.1:1: connect: connection refused")]
    [InlineData("\"httpGet\":{\"port\":1,\"path\":\"/x\",\"host\":\"127.0.0.1\"}", "Liveness probe failed: Get \"http://127.0.0.1:1/x\": dial tcp 127.0.0.1:1: connect: connection refused")]
    public async Task Liveness_NobodyListens_SaysSo(string action, string message)
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("deaf", $$"""
            {"restartPolicy":"Never","terminationGracePeriodSeconds":1,"containers":[{"name":"main","image":"any","command":["sh","-c","{{Loop}}"],
              "livenessProbe":{ {{action}},"periodSeconds":1,"timeoutSeconds":30,"failureThreshold":1} }]}
            """);

        await rig.UntilPhaseAsync("deaf", "Failed");
        await rig.UntilEventAsync("Unhealthy", message);
        await rig.UntilEventAsync("Killing", "Container main failed liveness probe");
    }

    [Fact]
    public async Task PostStart_Runs_BeforeTheNextContainerStarts()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("hooked", """
            {"restartPolicy":"Never","terminationGracePeriodSeconds":1,"volumes":[{"name":"w","emptyDir":{}}],
             "containers":[{"name":"a","image":"any","volumeMounts":[{"name":"w","mountPath":"/w"}],"command":["sh","-c","until [ -f /w/b ]; do sleep 0.02; done"],
               "lifecycle":{"postStart":{"exec":{"command":["sh","-c","sleep 0.3; echo hook >/w/a"]}}}},
              {"name":"b","image":"any","volumeMounts":[{"name":"w","mountPath":"/w"}],"command":["sh","-c","cat /w/a; touch /w/b"]}]}
            """);

        await rig.UntilPhaseAsync("hooked", "Succeeded");
        Assert.Equal("hook\n", await rig.LogAsync("hooked", "b"));
    }

    [Fact]
    public async Task PostStart_Fails_EndsTheContainer()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("broken", $$"""
            {"restartPolicy":"Never","terminationGracePeriodSeconds":1,"containers":[{"name":"main","image":"any","command":["sh","-c","{{Loop}}"],
              "lifecycle":{"postStart":{"exec":{"command":["false"]} } } }]}
            """);

        await rig.UntilPhaseAsync("broken", "Failed");
        await rig.UntilEventAsync("FailedPostStartHook", "PostStartHook failed");
    }

    [Fact]
    public async Task PreStop_TakesLongerThanTheGrace_DoesNotHoldThePod()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("slow", $$"""
            {"restartPolicy":"Never","terminationGracePeriodSeconds":1,"containers":[{"name":"main","image":"any","command":["sh","-c","{{Loop}}"],
              "lifecycle":{"preStop":{"exec":{"command":["sleep","1000"]} } } }]}
            """);
        await rig.UntilPhaseAsync("slow", "Running");

        await rig.Client.DeleteAsync(CoreTypes.Pods, "default", "slow", DeleteOptions.Background, default);

        await rig.UntilGoneAsync(CoreTypes.Pods, "slow");
        await rig.UntilEventAsync("FailedPreStopHook", "PreStopHook failed");
        await rig.NothingRunsAsync();
    }

    [Fact]
    public async Task Sidecar_WithStartupProbe_HoldsTheMainContainersBack()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("gated", $$"""
            {"restartPolicy":"Never","terminationGracePeriodSeconds":2,"volumes":[{"name":"w","emptyDir":{} }],
             "initContainers":[{"name":"side","image":"any","restartPolicy":"Always","volumeMounts":[{"name":"w","mountPath":"/w"}],
               "command":["sh","-c","trap 'exit 0' TERM; sleep 0.5; touch /w/up; {{Loop}}"],
               "startupProbe":{"exec":{"command":["test","-f","/w/up"]},"periodSeconds":1,"timeoutSeconds":30,"failureThreshold":30} }],
             "containers":[{"name":"main","image":"any","volumeMounts":[{"name":"w","mountPath":"/w"}],"command":["sh","-c","test -f /w/up && echo up"]}]}
            """);

        await rig.UntilPhaseAsync("gated", "Succeeded");
        Assert.Equal("up\n", await rig.LogAsync("gated"));
    }

    private static string? Phase(JsonObject pod) => (string?)pod["status"]?["phase"];

    private static string? Condition(JsonObject pod, string type) => (string?)(pod["status"]?["conditions"] as JsonArray ?? []).FirstOrDefault(c => (string?)c!["type"] == type)?["status"];

    private static JsonNode ConditionOf(JsonObject pod, string type) => ((JsonArray)pod["status"]!["conditions"]!).First(c => (string?)c!["type"] == type)!;
}
