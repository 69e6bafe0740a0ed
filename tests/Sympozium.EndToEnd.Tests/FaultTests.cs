using System.Net;
using System.Text.Json.Nodes;
using Sympozium.EndToEnd.Tests.Contracts;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary>Faults on this machine, also those of its processes.</summary>
public sealed class FaultTests : FaultContract
{
    protected override string ShortTimeout => "2s";

    [Fact]
    public async Task AgentKilled_FailsTheRunWithTheSignal()
    {
        await using Installation installation = await Installation.StartAsync(EndlessTool);
        await installation.CreateRunAsync("killed", "Wait.");
        await installation.WaitForRunAsync("killed", status => (string?)status?["phase"] == "Running");
        await installation.Model.WaitForRequestAsync(TestTimeouts.WithProcesses);

        PodProcesses.Kill(installation.DataDirectory, "agent");

        await AssertFailedAsync(installation, "killed", "ContainerFailed", "signal 9");
    }

    [Fact]
    public async Task BridgeKilled_IsStartedAgainAndTheRunSucceeds()
    {
        await using Installation installation = await Installation.StartAsync(
            """
            scenarios:
              - turns:
                  - toolCalls: [{ name: execute_command, arguments: { command: "until [ -e /workspace/go ]; do sleep 0.05; done; echo over", timeout: 110 } }]
                  - say: "{{toolResults}}"
            """);
        await installation.CreateRunAsync("bridged", "Wait.");
        JsonObject running = await installation.WaitForRunAsync("bridged", status => (string?)status?["phase"] == "Running");
        await installation.Model.WaitForRequestAsync(TestTimeouts.WithProcesses);

        PodProcesses.Kill(installation.DataDirectory, "ipc-bridge");
        await installation.WaitForAsync(
            CoreTypes.Pods, (string)running["status"]!["podName"]!,
            pod => pod?["status"]!["initContainerStatuses"] is JsonArray sidecars && sidecars.Any(s => (int)s!["restartCount"]! > 0));
        await LetGoAsync(installation);
        JsonObject run = await installation.WaitForEndAsync("bridged");

        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
        Assert.Contains("over", (string?)run["status"]!["result"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ControlPlaneKilledInMidRun_FinishesTheRunOnceOnReturn()
    {
        await using Installation installation = await Installation.StartAsync(
            """
            scenarios:
              - turns:
                  - toolCalls: [{ name: execute_command, arguments: { command: "echo MARK >> count; until [ -e /workspace/go ]; do sleep 0.05; done; cat count", timeout: 110 } }]
                  - say: "{{toolResults}}"
            """);
        await installation.CreateRunAsync("survivor", "Wait.");
        await installation.WaitForRunAsync("survivor", status => (string?)status?["phase"] == "Running");
        await installation.Model.WaitForRequestAsync(TestTimeouts.WithProcesses);

        await installation.ControlPlane.KillAsync();
        await installation.RestartAsync();
        await LetGoAsync(installation);
        JsonObject run = await installation.WaitForEndAsync("survivor");

        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
        Assert.Equal(2, (int?)run["status"]!["tokenUsage"]!["modelCalls"]);
        Assert.Equal(2, ((string)run["status"]!["result"]!).Split("MARK").Length);
        ResourceList pods = await installation.Client.ListAsync(CoreTypes.Pods, "default", ListOptions.All, CancellationToken.None);
        Assert.Single(pods.Items);
    }

    [Fact]
    public async Task SecondControlPlaneOnTheSameData_IsRefused()
    {
        await using Installation installation = await Installation.StartAsync(Hello);

        (int exitCode, string log) = await ControlPlaneProcess.RunToEndAsync(installation.DataDirectory);

        Assert.Equal(11, exitCode);
        Assert.Contains("is used by another control plane", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PortThatIsTaken_IsNamed()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using var directory = new TemporaryDirectory();

        (int gatewayExit, string gatewayLog) = await ControlPlaneProcess.RunToEndAsync(directory["a"], gatewayPort: port);
        (int kubeExit, string kubeLog) = await ControlPlaneProcess.RunToEndAsync(directory["b"], kubePort: port);

        Assert.Equal((10, 10), (gatewayExit, kubeExit));
        Assert.Contains($"{port}", gatewayLog, StringComparison.Ordinal);
        Assert.Contains($"{port}", kubeLog, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terminated_EndsInOrderAndLeavesNoProcess()
    {
        await using Installation installation = await Installation.StartAsync(EndlessTool);
        await installation.CreateRunAsync("interrupted", "Wait.");
        await installation.WaitForRunAsync("interrupted", status => (string?)status?["phase"] == "Running");

        int exitCode = await installation.ControlPlane.StopAsync();

        Assert.Equal(0, exitCode);
        await PodProcesses.AssertNoneAsync(installation.DataDirectory);
        Assert.False(File.Exists(Path.Combine(installation.DataDirectory, "status.json")));
        await installation.RestartAsync();
        JsonObject run = await installation.WaitForEndAsync("interrupted");
        Assert.Equal("Failed", (string?)run["status"]!["phase"]);
        Assert.NotNull((string?)run["status"]!["error"]);
    }

    protected override async Task<AgentWorld> StartAsync(string script, bool graceless = false) =>
        await Installation.StartAsync(script, environment: new Dictionary<string, string> { ["Sympozium__Runs__ReferenceGrace"] = graceless ? "00:00:00" : "00:02:00" });

    protected override Task AssertNoProcessesAsync(AgentWorld world, string? program = null) => PodProcesses.AssertNoneAsync(((Installation)world).DataDirectory, program);

    /// <summary>Makes a file in the workspace of the only pod, for which its tool waits.</summary>
    private static Task LetGoAsync(Installation installation)
    {
        string workspace = Assert.Single(
            Directory.GetDirectories(Path.Combine(installation.DataDirectory, "pods")).Select(pod => Path.Combine(pod, "volumes", "workspace")), Directory.Exists);
        return File.WriteAllTextAsync(Path.Combine(workspace, "go"), "");
    }
}
