using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary><c>sympozium run</c>: its output for programs and for people, its exit codes, Ctrl-C.</summary>
public sealed class CliRunTests
{
    private const int RunFailed = 1;
    private const int Usage = 2;
    private const int Unreachable = 3;
    private const int NotFound = 4;
    private const int Interrupted = 130;
    private const int SignalInterrupt = 2;

    private const string Hello = "scenarios: [{ turns: [{ say: Hello you. }] }]";

    private const string EndlessTool =
        """
        scenarios:
          - turns:
              - toolCalls: [{ name: execute_command, arguments: { command: "sleep 100", timeout: 110 } }]
              - say: too late
        """;

    private static readonly Dictionary<string, string> NoGrace = new() { ["Sympozium__Runs__ReferenceGrace"] = "00:00:00" };

    [Fact]
    public async Task Run_AsJson_PrintsExactlyTheFinishedRun()
    {
        await using Installation installation = await Installation.StartAsync(Hello);

        CliResult result = await CliProcess.RunAsync("run", "Say hello.", "-i", Installation.Instance, "-o", "json", "--data", installation.DataDirectory);

        Assert.True(result.ExitCode == 0, result.ToString());
        JsonNode run = JsonNode.Parse(result.Out)!;
        Assert.Equal("AgentRun", (string?)run["kind"]);
        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
        Assert.Equal("Hello you.", (string?)run["status"]!["result"]);
        Assert.Contains("✓ Succeeded", result.Error, StringComparison.Ordinal);
        Assert.Contains("Hello you.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AsText_PrintsTheAnswerOnly()
    {
        await using Installation installation = await Installation.StartAsync(Hello);

        CliResult result = await CliProcess.RunAsync("run", "Say hello.", "-i", Installation.Instance, "--data", installation.DataDirectory);

        Assert.Equal("Hello you.\n", result.Out);
    }

    [Fact]
    public async Task Mistakes_HaveTheirExitCodesAndAReason()
    {
        await using Installation installation = await Installation.StartAsync(Hello, environment: NoGrace);
        string data = installation.DataDirectory;
        await installation.Client.DeleteAsync(CoreTypes.Secrets, "default", "helper-provider", DeleteOptions.Background, CancellationToken.None);

        await AssertAsync(RunFailed, "(MissingCredentials)", "run", "Hi.", "-i", Installation.Instance, "--data", data);
        await AssertAsync(Usage, "--instance", "run", "Hi.", "--data", data);
        await AssertAsync(Usage, "'delete' has no option '--everything'", "delete", "agentruns", "--everything", "--data", data);
        await AssertAsync(NotFound, "did you mean 'helper'?", "run", "Hi.", "-i", "helpr", "--data", data);
        await AssertAsync(NotFound, "\"nobody\" not found", "get", "agentrun", "nobody", "--data", data);
        await installation.ControlPlane.KillAsync();
        await AssertAsync(Unreachable, $"sympozium up --data {data}", "run", "Hi.", "-i", Installation.Instance, "--data", data);
        await AssertAsync(Unreachable, "sympozium up", "get", "agentruns", "--kubeconfig", Path.Combine(data, "kubeconfig"));
    }

    [Fact]
    public async Task Run_Interrupted_IsCancelled()
    {
        await using Installation installation = await Installation.StartAsync(EndlessTool);
        using CliProcess process = CliProcess.Start(["run", "Never end.", "-i", Installation.Instance, "--data", installation.DataDirectory]);
        await process.WaitForErrorAsync("→ execute_command");

        Assert.Equal(0, ControlPlaneProcess.Signal(process.Pid, SignalInterrupt));
        CliResult result = await process.EndAsync();

        Assert.True(result.ExitCode == Interrupted, result.ToString());
        Assert.Contains("■ Cancelled", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, result.Error.Split("→ execute_command").Length); // shown once, although following began anew
        JsonObject run = Assert.Single((await installation.Client.ListAsync(SympoziumTypes.AgentRuns, "default", ListOptions.All, CancellationToken.None)).Items);
        Assert.Equal("Cancelled", (string?)run["status"]!["phase"]);
    }

    private static async Task AssertAsync(int exitCode, string message, params string[] arguments)
    {
        CliResult result = await CliProcess.RunAsync(arguments);
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Out);
    }
}
