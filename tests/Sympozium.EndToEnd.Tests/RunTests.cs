using System.Text.Json.Nodes;
using Sympozium.EndToEnd.Tests.Contracts;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary>Runs on this machine.</summary>
public sealed class RunTests : RunContract
{
    [Fact]
    public async Task Run_LookingForAWayIntoItsAgent_FindsNoDiagnosticSocketNoNetworkAndNoRights()
    {
        await using Installation installation = await Installation.StartAsync(
            """
            scenarios:
              - turns:
                  - toolCalls:
                      - name: execute_command
                        arguments: { command: "ls -a /tmp; tail -n +3 /proc/net/dev | cut -d: -f1; grep CapEff /proc/self/status; touch /usr/x" }
                  - say: "{{toolResults}}"
            """);
        await installation.CreateRunAsync("curious", "Look around.");

        string result = (string)(await installation.WaitForEndAsync("curious"))["status"]!["result"]!;

        Assert.DoesNotContain("dotnet-diagnostic", result, StringComparison.Ordinal);
        Assert.DoesNotContain("eth", result, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000000000", result, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", result, StringComparison.Ordinal);
    }

    protected override async Task<AgentWorld> StartAsync(string script, JsonObject? policy = null) => await Installation.StartAsync(script, policy);
}
