using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary>Everything that goes wrong ends in a phase with a reason that a person can act on.</summary>
public sealed class FaultTests
{
    private const string Hello = "scenarios: [{ turns: [{ say: Hello. }] }]";

    /// <summary>Waits in a tool until the file /workspace/go exists, which nobody makes: the run stays in its tool call.</summary>
    private const string EndlessTool =
        """
        scenarios:
          - turns:
              - toolCalls: [{ name: execute_command, arguments: { command: "sleep 100", timeout: 110 } }]
              - say: too late
        """;

    [Fact]
    public async Task UnknownInstance_FailsTheRunNamingIt()
    {
        await using Installation installation = await Installation.StartAsync(Hello, environment: NoGrace);
        await installation.CreateRunAsync("lost", "Hi.", instance: "nobody");

        await AssertFailedAsync(installation, "lost", "ReferenceNotFound", "no SympoziumInstance or Agent 'nobody' exists in namespace 'default'");
    }

    [Fact]
    public async Task MissingSecret_FailsTheRunNamingIt()
    {
        await using Installation installation = await Installation.StartAsync(Hello, environment: NoGrace);
        await installation.Client.DeleteAsync(CoreTypes.Secrets, "default", "helper-provider", DeleteOptions.Background, CancellationToken.None);
        await installation.CreateRunAsync("keyless", "Hi.");

        await AssertFailedAsync(installation, "keyless", "MissingCredentials", "no Secret 'helper-provider' exists in namespace 'default'");
    }

    [Fact]
    public async Task SecretWithoutTheKey_FailsTheRunNamingTheKeys()
    {
        await using Installation installation = await Installation.StartAsync(Hello, environment: NoGrace);
        await installation.CreateAsync(CoreTypes.Secrets, "other", new JsonObject { ["stringData"] = new JsonObject { ["password"] = "x" } });
        await installation.CreateRunAsync("wrong-key", "Hi.", new JsonObject { ["model"] = new JsonObject { ["authSecretRef"] = "other" } });

        await AssertFailedAsync(installation, "wrong-key", "MissingCredentials", "'other'");
    }

    [Fact]
    public async Task SecretThatComesLater_IsWaitedFor()
    {
        await using Installation installation = await Installation.StartAsync(Hello);
        await installation.CreateRunAsync("early", "Hi.", new JsonObject { ["model"] = new JsonObject { ["authSecretRef"] = "late" } });
        await installation.WaitForRunAsync("early", status => (string?)status?["reason"] == "MissingCredentials");
        await installation.CreateAsync(CoreTypes.Secrets, "late", new JsonObject
        {
            ["stringData"] = new JsonObject { ["OPENAI_API_KEY"] = "x", ["OPENAI_BASE_URL"] = installation.Model.OpenAiBaseUrl },
        });

        JsonObject run = await installation.WaitForEndAsync("early");

        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
    }

    [Fact]
    public async Task UnknownProvider_FailsTheRunNamingIt()
    {
        await using Installation installation = await Installation.StartAsync(Hello, environment: NoGrace);
        await installation.CreateAsync(CoreTypes.Secrets, "plain", new JsonObject { ["stringData"] = new JsonObject { ["apiKey"] = "x" } });
        await installation.CreateRunAsync(
            "exotic", "Hi.", new JsonObject { ["model"] = new JsonObject { ["provider"] = "megacorp", ["authSecretRef"] = "plain" } });

        JsonObject run = await installation.WaitForEndAsync("exotic");

        Assert.Equal("Failed", (string?)run["status"]!["phase"]);
        Assert.Contains("megacorp", (string?)run["status"]!["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ModelThatRejects_FailsTheRunWithItsMessage()
    {
        await using Installation installation = await Installation.StartAsync(
            "scenarios: [{ turns: [{ error: { status: 400, code: context_length_exceeded, message: The context is too long. } }] }]");
        await installation.CreateRunAsync("rejected", "Hi.");

        await AssertFailedAsync(installation, "rejected", "ModelRejected", "The context is too long.");
    }

    [Fact]
    public async Task ModelThatTalksRubbish_FailsTheRun()
    {
        await using Installation installation = await Installation.StartAsync("scenarios: [{ turns: [{ rubbish: \"%$!\" }] }]");
        await installation.CreateRunAsync("rubbish", "Hi.");

        await AssertFailedAsync(installation, "rubbish", "ModelError", "");
    }

    [Fact]
    public async Task ModelThatStopsInMidStream_FailsTheRunAfterItsRetries()
    {
        await using Installation installation = await Installation.StartAsync("scenarios: [{ turns: [{ say: [half, of, it], breakAfter: 2 }] }]");
        await installation.CreateRunAsync("broken", "Hi.");

        JsonObject run = await installation.WaitForEndAsync("broken");

        Assert.Equal("Failed", (string?)run["status"]!["phase"]);
        Assert.True((string?)run["status"]!["reason"] is "ModelError" or "ModelUnavailable", run.ToJsonString());
        Assert.True(installation.Model.Requests.Count > 1, "The broken round was not repeated.");
    }

    [Fact]
    public async Task ToolThatNeverReturns_IsEndedAndTheRunGoesOn()
    {
        await using Installation installation = await Installation.StartAsync(
            """
            scenarios:
              - turns:
                  - toolCalls: [{ name: execute_command, arguments: { command: "trap '' TERM; sleep 1000 & wait; sleep 1000", timeout: 1 } }]
                  - say: "{{toolResults}}"
            """);
        await installation.CreateRunAsync("patient", "Wait.");

        JsonObject run = await installation.WaitForEndAsync("patient");

        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
        Assert.Contains("1 s", (string?)run["status"]!["result"], StringComparison.Ordinal);
        Assert.Empty(PodProcesses.Running(installation.DataDirectory, "sleep"));
    }

    [Fact]
    public async Task UnreachableModel_FailsTheRunSayingWhere()
    {
        await using Installation installation = await Installation.StartAsync(Hello);
        await installation.CreateInstanceAsync("deaf", "http://127.0.0.1:9/v1");
        await installation.CreateRunAsync("nobody-there", "Hi.", new JsonObject { ["timeout"] = "15s" }, instance: "deaf");

        JsonObject run = await installation.WaitForEndAsync("nobody-there");

        Assert.Equal("Failed", (string?)run["status"]!["phase"]);
        Assert.True((string?)run["status"]!["reason"] is "ModelUnavailable" or "Timeout", run.ToJsonString());
    }

    [Fact]
    public async Task RunLongerThanItsTimeout_FailsAsTimeout()
    {
        await using Installation installation = await Installation.StartAsync(EndlessTool);
        await installation.CreateRunAsync("slow", "Wait.", new JsonObject { ["timeout"] = "2s" });

        await AssertFailedAsync(installation, "slow", "Timeout", "");
    }

    [Fact]
    public async Task RunCancelled_EndsAndItsPodGoes()
    {
        await using Installation installation = await Installation.StartAsync(EndlessTool);
        await installation.CreateRunAsync("unwanted", "Wait.");
        string pod = (string)(await installation.WaitForRunAsync("unwanted", status => status?["podName"] is not null))["status"]!["podName"]!;
        await installation.Client.PatchAsync(
            SympoziumTypes.AgentRuns, "default", "unwanted",
            new Patch(PatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["cancel"] = true } }), null, CancellationToken.None);

        JsonObject run = await installation.WaitForEndAsync("unwanted");
        await installation.WaitForAsync(CoreTypes.Pods, pod, resource => resource is null);

        Assert.Equal("Cancelled", (string?)run["status"]!["phase"]);
        Assert.Empty(PodProcesses.Of(installation.DataDirectory));
    }

    [Fact]
    public async Task RunDeletedWhileRunning_TakesEverythingAlong()
    {
        await using Installation installation = await Installation.StartAsync(EndlessTool);
        await installation.CreateRunAsync("deleted", "Wait.");
        string pod = (string)(await installation.WaitForRunAsync("deleted", status => status?["podName"] is not null))["status"]!["podName"]!;

        await installation.Client.DeleteAsync(SympoziumTypes.AgentRuns, "default", "deleted", DeleteOptions.Background, CancellationToken.None);

        await installation.WaitForAsync(CoreTypes.Pods, pod, resource => resource is null);
        await installation.WaitForAsync(CoreTypes.Jobs, "deleted", resource => resource is null);
        await installation.WaitForAsync(CoreTypes.ConfigMaps, "deleted-input", resource => resource is null);
        Assert.Empty(PodProcesses.Of(installation.DataDirectory));
    }

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
                  - toolCalls: [{ name: execute_command, arguments: { command: "sleep 2; echo over" } }]
                  - say: "{{toolResults}}"
            """);
        await installation.CreateRunAsync("bridged", "Wait.");
        await installation.WaitForRunAsync("bridged", status => (string?)status?["phase"] == "Running");
        await installation.Model.WaitForRequestAsync(TestTimeouts.WithProcesses);

        PodProcesses.Kill(installation.DataDirectory, "ipc-bridge");
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
                  - toolCalls: [{ name: execute_command, arguments: { command: "echo MARK >> count; sleep 3; cat count" } }]
                  - say: "{{toolResults}}"
            """);
        await installation.CreateRunAsync("survivor", "Wait.");
        await installation.WaitForRunAsync("survivor", status => (string?)status?["phase"] == "Running");
        await installation.Model.WaitForRequestAsync(TestTimeouts.WithProcesses);

        await installation.ControlPlane.KillAsync();
        await installation.RestartAsync();
        JsonObject run = await installation.WaitForEndAsync("survivor");

        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
        Assert.Equal(2, (int?)run["status"]!["tokenUsage"]!["modelCalls"]);
        Assert.Equal(2, ((string)run["status"]!["result"]!).Split("MARK").Length);
        ResourceList pods = await installation.Client.ListAsync(CoreTypes.Pods, "default", ListOptions.All, CancellationToken.None);
        Assert.Single(pods.Items);
    }

    [Fact]
    public async Task ToolWithFiftyMegabytes_IsCutAndTheRunGoesOn()
    {
        await using Installation installation = await Installation.StartAsync(
            """
            scenarios:
              - turns:
                  - toolCalls: [{ name: execute_command, arguments: { command: "head -c 50000000 /dev/zero | tr '\\\\0' a" } }]
                  - say: "{{toolResults}}"
            """);
        await installation.CreateRunAsync("flood", "Flood.");

        JsonObject run = await installation.WaitForEndAsync("flood");

        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
        Assert.InRange(((string)run["status"]!["result"]!).Length, 1, 20_000);
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
        Assert.Empty(PodProcesses.Of(installation.DataDirectory));
        Assert.False(File.Exists(Path.Combine(installation.DataDirectory, "status.json")));
        await installation.RestartAsync();
        JsonObject run = await installation.WaitForEndAsync("interrupted");
        Assert.Equal("Failed", (string?)run["status"]!["phase"]);
        Assert.NotNull((string?)run["status"]!["error"]);
    }

    private static readonly Dictionary<string, string> NoGrace = new() { ["Sympozium__Runs__ReferenceGrace"] = "00:00:00" };

    private static async Task AssertFailedAsync(Installation installation, string name, string reason, string message)
    {
        JsonObject run = await installation.WaitForEndAsync(name);
        Assert.Equal("Failed", (string?)run["status"]!["phase"]);
        Assert.Equal(reason, (string?)run["status"]!["reason"]);
        Assert.Contains(message, (string?)run["status"]!["error"], StringComparison.Ordinal);
    }
}
