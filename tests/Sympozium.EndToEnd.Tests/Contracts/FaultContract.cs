using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;
using Sympozium.Testing.Live;

namespace Sympozium.EndToEnd.Tests.Contracts;

/// <summary>Everything that goes wrong ends in a phase with a reason that a person can act on.</summary>
public abstract class FaultContract
{
    protected const string Hello = "scenarios: [{ turns: [{ say: Hello. }] }]";

    /// <summary>Waits in a tool: the run stays in its tool call.</summary>
    protected const string EndlessTool =
        """
        scenarios:
          - turns:
              - toolCalls: [{ name: execute_command, arguments: { command: "sleep 100", timeout: 110 } }]
              - say: too late
        """;

    /// <summary>A run's time that is too short for its tool, and long enough for its pod to start.</summary>
    protected abstract string ShortTimeout { get; }

    /// <summary>Starts the world. <paramref name="graceless"/>: missing references need not be waited for.</summary>
    protected abstract Task<AgentWorld> StartAsync(string script, bool graceless = false);

    /// <summary>Asserts that no process of a pod is left, or none of one program, where processes can be seen.</summary>
    protected abstract Task AssertNoProcessesAsync(AgentWorld world, string? program = null);

    [WorldFact]
    public async Task UnknownInstance_FailsTheRunNamingIt()
    {
        await using AgentWorld world = await StartAsync(Hello, graceless: true);
        await world.CreateRunAsync("lost", "Hi.", instance: "nobody");

        await AssertFailedAsync(world, "lost", "ReferenceNotFound", $"no SympoziumInstance or Agent 'nobody' exists in namespace '{world.Team}'");
    }

    [WorldFact]
    public async Task MissingSecret_FailsTheRunNamingIt()
    {
        await using AgentWorld world = await StartAsync(Hello, graceless: true);
        await world.Client.DeleteAsync(CoreTypes.Secrets, world.Team, "helper-provider", DeleteOptions.Background, CancellationToken.None);
        await world.CreateRunAsync("keyless", "Hi.");

        await AssertFailedAsync(world, "keyless", "MissingCredentials", $"no Secret 'helper-provider' exists in namespace '{world.Team}'");
    }

    [WorldFact]
    public async Task SecretWithoutTheKey_FailsTheRunNamingTheKeys()
    {
        await using AgentWorld world = await StartAsync(Hello, graceless: true);
        await world.CreateAsync(CoreTypes.Secrets, "other", new JsonObject { ["stringData"] = new JsonObject { ["password"] = "x" } });
        await world.CreateRunAsync("wrong-key", "Hi.", new JsonObject { ["model"] = new JsonObject { ["authSecretRef"] = "other" } });

        await AssertFailedAsync(world, "wrong-key", "MissingCredentials", "'other'");
    }

    [WorldFact]
    public async Task SecretThatComesLater_IsWaitedFor()
    {
        await using AgentWorld world = await StartAsync(Hello);
        await world.CreateRunAsync("early", "Hi.", new JsonObject { ["model"] = new JsonObject { ["authSecretRef"] = "late" } });
        await world.WaitForRunAsync("early", status => (string?)status?["reason"] == "MissingCredentials");
        await world.CreateAsync(CoreTypes.Secrets, "late", new JsonObject
        {
            ["stringData"] = new JsonObject { ["OPENAI_API_KEY"] = "x", ["OPENAI_BASE_URL"] = world.Model.OpenAiBaseUrl },
        });

        JsonObject run = await world.WaitForEndAsync("early");

        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
    }

    [WorldFact]
    public async Task UnknownProvider_FailsTheRunNamingIt()
    {
        await using AgentWorld world = await StartAsync(Hello, graceless: true);
        await world.CreateAsync(CoreTypes.Secrets, "plain", new JsonObject { ["stringData"] = new JsonObject { ["apiKey"] = "x" } });
        await world.CreateRunAsync(
            "exotic", "Hi.", new JsonObject { ["model"] = new JsonObject { ["provider"] = "megacorp", ["authSecretRef"] = "plain" } });

        JsonObject run = await world.WaitForEndAsync("exotic");

        Assert.Equal("Failed", (string?)run["status"]!["phase"]);
        Assert.Contains("megacorp", (string?)run["status"]!["error"], StringComparison.Ordinal);
    }

    [WorldFact]
    public async Task ModelThatRejects_FailsTheRunWithItsMessage()
    {
        await using AgentWorld world = await StartAsync(
            "scenarios: [{ turns: [{ error: { status: 400, code: context_length_exceeded, message: The context is too long. } }] }]");
        await world.CreateRunAsync("rejected", "Hi.");

        await AssertFailedAsync(world, "rejected", "ModelRejected", "The context is too long.");
    }

    [WorldFact]
    public async Task ModelThatTalksRubbish_FailsTheRun()
    {
        await using AgentWorld world = await StartAsync("scenarios: [{ turns: [{ rubbish: \"%$!\" }] }]");
        await world.CreateRunAsync("rubbish", "Hi.");

        await AssertFailedAsync(world, "rubbish", "ModelError", "");
    }

    [WorldFact]
    public async Task ModelThatStopsInMidStream_FailsTheRunAfterItsRetries()
    {
        await using AgentWorld world = await StartAsync("scenarios: [{ turns: [{ say: [half, of, it], breakAfter: 2 }] }]");
        await world.CreateRunAsync("broken", "Hi.");

        JsonObject run = await world.WaitForEndAsync("broken");

        Assert.Equal("Failed", (string?)run["status"]!["phase"]);
        Assert.True((string?)run["status"]!["reason"] is "ModelError" or "ModelUnavailable", run.ToJsonString());
        Assert.True(world.Model.Requests.Count > 1, "The broken round was not repeated.");
    }

    [WorldFact]
    public async Task ToolThatNeverReturns_IsEndedAndTheRunGoesOn()
    {
        await using AgentWorld world = await StartAsync(
            """
            scenarios:
              - turns:
                  - toolCalls: [{ name: execute_command, arguments: { command: "trap '' TERM; sleep 1000 & wait; sleep 1000", timeout: 1 } }]
                  - say: "{{toolResults}}"
            """);
        await world.CreateRunAsync("patient", "Wait.");

        JsonObject run = await world.WaitForEndAsync("patient");

        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
        Assert.Contains("1 s", (string?)run["status"]!["result"], StringComparison.Ordinal);
        await AssertNoProcessesAsync(world, "sleep");
    }

    [WorldFact]
    public async Task UnreachableModel_FailsTheRunSayingWhere()
    {
        await using AgentWorld world = await StartAsync(Hello);
        await world.CreateInstanceAsync("deaf", "http://127.0.0.1:9/v1");
        await world.CreateRunAsync("nobody-there", "Hi.", new JsonObject { ["timeout"] = "15s" }, instance: "deaf");

        JsonObject run = await world.WaitForEndAsync("nobody-there");

        Assert.Equal("Failed", (string?)run["status"]!["phase"]);
        Assert.True((string?)run["status"]!["reason"] is "ModelUnavailable" or "Timeout", run.ToJsonString());
    }

    [WorldFact]
    public async Task RunLongerThanItsTimeout_FailsAsTimeout()
    {
        await using AgentWorld world = await StartAsync(EndlessTool);
        await world.CreateRunAsync("slow", "Wait.", new JsonObject { ["timeout"] = ShortTimeout });

        await AssertFailedAsync(world, "slow", "Timeout", "");
    }

    [WorldFact]
    public async Task RunCancelled_EndsAndItsPodGoes()
    {
        await using AgentWorld world = await StartAsync(EndlessTool);
        await world.CreateRunAsync("unwanted", "Wait.");
        string pod = (string)(await world.WaitForRunAsync("unwanted", status => status?["podName"] is not null))["status"]!["podName"]!;
        await world.Client.PatchAsync(
            SympoziumTypes.AgentRuns, world.Team, "unwanted",
            new Patch(PatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["cancel"] = true } }), null, CancellationToken.None);

        JsonObject run = await world.WaitForEndAsync("unwanted");
        await world.WaitForAsync(CoreTypes.Pods, pod, resource => resource is null);

        Assert.Equal("Cancelled", (string?)run["status"]!["phase"]);
        await AssertNoProcessesAsync(world);
    }

    [WorldFact]
    public async Task RunDeletedWhileRunning_TakesEverythingAlong()
    {
        await using AgentWorld world = await StartAsync(EndlessTool);
        await world.CreateRunAsync("deleted", "Wait.");
        string pod = (string)(await world.WaitForRunAsync("deleted", status => status?["podName"] is not null))["status"]!["podName"]!;

        await world.Client.DeleteAsync(SympoziumTypes.AgentRuns, world.Team, "deleted", DeleteOptions.Background, CancellationToken.None);

        await world.WaitForAsync(CoreTypes.Pods, pod, resource => resource is null);
        await world.WaitForAsync(CoreTypes.Jobs, "deleted", resource => resource is null);
        await world.WaitForAsync(CoreTypes.ConfigMaps, "deleted-input", resource => resource is null);
        await AssertNoProcessesAsync(world);
    }

    [WorldFact]
    public async Task ToolWithFiftyMegabytes_IsCutAndTheRunGoesOn()
    {
        await using AgentWorld world = await StartAsync(
            """
            scenarios:
              - turns:
                  - toolCalls: [{ name: execute_command, arguments: { command: "head -c 50000000 /dev/zero | tr '\\\\0' a" } }]
                  - say: "{{toolResults}}"
            """);
        await world.CreateRunAsync("flood", "Flood.");

        JsonObject run = await world.WaitForEndAsync("flood");

        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
        Assert.InRange(((string)run["status"]!["result"]!).Length, 1, 20_000);
    }

    protected static async Task AssertFailedAsync(AgentWorld world, string name, string reason, string message)
    {
        JsonObject run = await world.WaitForEndAsync(name);
        Assert.Equal("Failed", (string?)run["status"]!["phase"]);
        Assert.Equal(reason, (string?)run["status"]!["reason"]);
        Assert.Contains(message, (string?)run["status"]!["error"], StringComparison.Ordinal);
    }
}
