using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;
using Sympozium.Testing.Live;

namespace Sympozium.EndToEnd.Tests.Contracts;

/// <summary><c>sympozium run</c>: its output for programs and for people, Ctrl-C.</summary>
public abstract class CommandContract
{
    private const int Interrupted = 130;
    private const int SignalInterrupt = 2;

    protected const string Hello = "scenarios: [{ turns: [{ say: Hello you. }] }]";

    private const string EndlessTool =
        """
        scenarios:
          - turns:
              - toolCalls: [{ name: execute_command, arguments: { command: "sleep 100", timeout: 110 } }]
              - say: too late
        """;

    /// <summary>Whether the command sees what the gateway tells live; else the resource's phases.</summary>
    protected abstract bool SeesEvents { get; }

    protected abstract Task<AgentWorld> StartAsync(string script);

    [WorldFact]
    public async Task Run_AsJson_PrintsExactlyTheFinishedRun()
    {
        await using AgentWorld world = await StartAsync(Hello);

        CliResult result = await CliProcess.RunAsync(["run", "Say hello.", "-i", AgentWorld.Instance, "-o", "json", .. world.CommandOptions]);

        Assert.True(result.ExitCode == 0, result.ToString());
        JsonNode run = JsonNode.Parse(result.Out)!;
        Assert.Equal("AgentRun", (string?)run["kind"]);
        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
        Assert.Equal("Hello you.", (string?)run["status"]!["result"]);
        Assert.Contains("✓ Succeeded", result.Error, StringComparison.Ordinal);
        Assert.Equal(SeesEvents, result.Error.Contains("Hello you.", StringComparison.Ordinal));
    }

    [WorldFact]
    public async Task Run_AsText_PrintsTheAnswerOnly()
    {
        await using AgentWorld world = await StartAsync(Hello);

        CliResult result = await CliProcess.RunAsync(["run", "Say hello.", "-i", AgentWorld.Instance, .. world.CommandOptions]);

        Assert.Equal("Hello you.\n", result.Out);
    }

    [WorldFact]
    public async Task Run_Interrupted_IsCancelled()
    {
        await using AgentWorld world = await StartAsync(EndlessTool);
        using CliProcess process = CliProcess.Start(["run", "Never end.", "-i", AgentWorld.Instance, .. world.CommandOptions]);
        await process.WaitForErrorAsync(SeesEvents ? "→ execute_command" : "Running");

        Assert.Equal(0, ControlPlaneProcess.Signal(process.Pid, SignalInterrupt));
        CliResult result = await process.EndAsync();

        Assert.True(result.ExitCode == Interrupted, result.ToString());
        Assert.Contains("■ Cancelled", result.Error, StringComparison.Ordinal);
        Assert.Equal(SeesEvents ? 2 : 1, result.Error.Split("→ execute_command").Length); // shown once, although following began anew
        JsonObject run = Assert.Single((await world.Client.ListAsync(SympoziumTypes.AgentRuns, world.Team, ListOptions.All, CancellationToken.None)).Items);
        Assert.Equal("Cancelled", (string?)run["status"]!["phase"]);
    }
}
