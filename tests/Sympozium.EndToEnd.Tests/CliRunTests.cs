using Sympozium.EndToEnd.Tests.Contracts;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary><c>sympozium run</c>: its output for programs and for people, its exit codes, Ctrl-C.</summary>
public sealed class CliRunTests : CommandContract
{
    private const int RunFailed = 1;
    private const int Usage = 2;
    private const int Unreachable = 3;
    private const int NotFound = 4;

    private static readonly Dictionary<string, string> NoGrace = new() { ["Sympozium__Runs__ReferenceGrace"] = "00:00:00" };

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

    protected override bool SeesEvents => true;

    protected override async Task<AgentWorld> StartAsync(string script) => await Installation.StartAsync(script);

    private static async Task AssertAsync(int exitCode, string message, params string[] arguments)
    {
        CliResult result = await CliProcess.RunAsync(arguments);
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Out);
    }
}
