using System.Text.RegularExpressions;
using Sympozium.Cli.ModelStub;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary><c>sympozium demo</c> as a newcomer meets it.</summary>
public sealed partial class CliDemoTests
{
    [Fact]
    public async Task Demo_OnFreshData_ShowsTheRunAndLeavesWhatTheNextStepsNeed()
    {
        await using var data = new CliData();

        CliResult demo = await data.RunAsync("demo");

        Assert.True(demo.ExitCode == 0, demo.ToString());
        AssertShowsTheRun(demo);
        Assert.Contains($"kubectl --kubeconfig {data["kubeconfig"]} get agentruns", demo.Error, StringComparison.Ordinal);
        Assert.Contains("/v1/chat/completions", demo.Error, StringComparison.Ordinal);
        Assert.Contains("--provider openai", demo.Error, StringComparison.Ordinal);
        Assert.Contains("Done. I listed the workspace", demo.Out, StringComparison.Ordinal);
        if (Kubectl.Missing is null)
        {
            KubectlResult applied = await new Kubectl(data["kubeconfig"]).RunAsync("apply", "-f", Path.Combine(RepositoryRoot.Path, "k8s", "samples", "demo.yaml"));
            Assert.Equal(3, applied.Rows.Count(row => row.EndsWith(" unchanged", StringComparison.Ordinal)));
        }

        CliResult again = await data.RunAsync("demo", "--exit");

        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.Contains("already runs", again.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Next", again.Error, StringComparison.Ordinal);
        int[] pids = [.. EndedProcess().Matches(again.Error).Select(match => int.Parse(match.Groups[1].Value, null))];
        Assert.Equal(2, pids.Length);
        Assert.All(pids, pid => Assert.False(CliProcess.IsRunning(pid), $"Process {pid} still runs."));
        await PodProcesses.AssertNoneAsync(data.Path);
    }

    [Fact]
    public async Task Demo_WithARealProviderAfterTheScriptedModel_SendsItsKeyToThatProviderOnly()
    {
        await using var data = new CliData();
        await using ModelStubServer own = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ say: Hello from my own. }] }]");
        CliResult scripted = await data.RunAsync("demo");
        Assert.True(scripted.ExitCode == 0, scripted.ToString());
        using CliProcess process = CliProcess.Start(
            ["demo", "--provider", "openai", "--model", "mine", "--base-url", own.OpenAiBaseUrl, "--data", data.Path],
            new Dictionary<string, string?> { ["OPENAI_API_KEY"] = "sk-mine" });

        CliResult demo = await process.EndAsync();

        Assert.True(demo.ExitCode == 0, demo.ToString());
        Assert.Equal("Hello from my own.\n", demo.Out);
        CliResult secret = await data.RunAsync("get", "secret", "demo-provider", "-o", "jsonpath={.data}");
        Assert.Equal("""{"OPENAI_API_KEY":"c2stbWluZQ=="}""", secret.Out.Trim());
    }

    [Fact]
    public async Task Demo_WithoutBubblewrap_SaysWhatIsNotIsolatedAndSucceeds()
    {
        await using var data = new CliData();
        using CliProcess process = CliProcess.Start(
            ["demo", "--exit", "--data", data.Path], new Dictionary<string, string?> { ["Sympozium__Pods__ForcePlainProcesses"] = "true" });

        CliResult demo = await process.EndAsync();

        Assert.True(demo.ExitCode == 0, demo.ToString());
        Assert.Contains("Not isolated: the host's files", demo.Error, StringComparison.Ordinal);
        AssertShowsTheRun(demo);
        await PodProcesses.AssertNoneAsync(data.Path);
    }

    private static void AssertShowsTheRun(CliResult demo)
    {
        string[] expected =
        [
            "Pending", "Running", "→ list_directory {\"path\":\"/workspace\"}", "← list_directory", "→ write_file", "→ execute_command", "← write_file", "← execute_command",
            "Done. I listed the workspace", "✓ Succeeded", "1805 tokens, 3 model calls, 3 tool calls",
        ];
        Assert.All(expected, text => Assert.Contains(text, demo.Error, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\(pid (\d+)\) has ended")]
    private static partial Regex EndedProcess();
}
