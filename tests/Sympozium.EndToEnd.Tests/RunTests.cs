using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary>A run through every layer: manifest, grain, Job, pod, agent, broker, model, bus, status.</summary>
public sealed class RunTests
{
    private const string ThreeTools =
        """
        scenarios:
          - turns:
              - think: First I look.
                toolCalls:
                  - { name: list_directory, arguments: { path: /workspace } }
                usage: { input: 100, output: 10, reasoning: 4 }
              - toolCalls:
                  - { name: write_file, arguments: { path: /workspace/a.txt, content: written } }
                  - { name: execute_command, arguments: { command: "echo ran as $(id -u)" } }
                usage: { input: 200, output: 20, cached: 50 }
              - say: "Results: {{toolResults}}"
                usage: { input: 300, output: 30 }
        """;

    [Fact]
    public async Task Run_WithThreeTools_SucceedsWithTheAnswerAndTheBrokersUsage()
    {
        await using Installation installation = await Installation.StartAsync(ThreeTools);
        await installation.CreateRunAsync("three-tools", "Do three things.");

        JsonObject run = await installation.WaitForEndAsync("three-tools");

        JsonNode status = run["status"]!;
        Assert.Equal("Succeeded", (string?)status["phase"]);
        Assert.Contains("ran as 1000", (string?)status["result"], StringComparison.Ordinal);
        Assert.Equal((string?)status["result"], (string?)status["output"]);
        Assert.Equal(600, (long?)status["tokenUsage"]!["inputTokens"]);
        Assert.Equal(60, (long?)status["tokenUsage"]!["outputTokens"]);
        Assert.Equal(660, (long?)status["tokenUsage"]!["totalTokens"]);
        Assert.Equal(50, (long?)status["tokenUsage"]!["cachedInputTokens"]);
        Assert.Equal(3, (int?)status["tokenUsage"]!["modelCalls"]);
        Assert.Equal(3, (int?)status["tokenUsage"]!["toolCalls"]);
        Assert.Equal((string?)status["startedAt"], (string?)status["startTime"]);
        Assert.Equal((string?)status["completedAt"], (string?)status["completionTime"]);
        Assert.Equal(3, installation.Model.Requests.Count);
    }

    [Fact]
    public async Task Run_Ended_LeavesNoTokenAndItsJobCompletes()
    {
        await using Installation installation = await Installation.StartAsync("scenarios: [{ turns: [{ say: Hello. }] }]");
        await installation.CreateRunAsync("short", "Say hello.");
        await installation.WaitForEndAsync("short");

        await installation.WaitForAsync(CoreTypes.Secrets, "short-token", secret => secret is null);
        JsonObject job = await installation.WaitForAsync(
            CoreTypes.Jobs, "short", job => (job?["status"]?["conditions"] as JsonArray)?.Any(c => (string?)c!["type"] == "Complete") ?? false);
        Assert.Equal("short", (string?)job["metadata"]!["annotations"]!["sympozium.ai/agent-run"]);
        Assert.NotNull(await installation.Client.GetAsync(CoreTypes.ConfigMaps, Installation.Namespace, "short-input", CancellationToken.None));
    }

    [Fact]
    public async Task Run_LookingForTheProviderKey_FindsItNowhereInItsPod()
    {
        // The agent searches its own environment, every process it can see and every file it can read, with a pattern that does not match itself.
        const string Search =
            """
            scenarios:
              - turns:
                  - toolCalls:
                      - name: execute_command
                        arguments:
                          timeout: 100
                          command: >-
                            (env; cat /proc/*/environ /proc/*/cmdline; find / -xdev -type f -size -200k
                            -not -path '/proc/*' -not -path '/sys/*' -not -path '/usr/*' -not -path '/lib*' -not -path '/bin/*' -not -path '/sbin/*'
                            -exec cat {} +) 2>/dev/null | tr '\0' '\n' | grep -c "[t]he-key-that-no-pod" ; echo searched
                  - say: "{{toolResults}}"
            """;
        await using Installation installation = await Installation.StartAsync(Search);
        await installation.CreateRunAsync("search", "Find the key.");

        JsonObject run = await installation.WaitForEndAsync("search");

        string result = (string)run["status"]!["result"]!;
        Assert.Contains("searched", result, StringComparison.Ordinal);
        Assert.Contains("0\nsearched", result, StringComparison.Ordinal);
        Assert.DoesNotContain(Installation.ProviderKey, installation.ControlPlane.Log, StringComparison.Ordinal);
    }

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

    [Fact]
    public async Task Run_OfASkillPack_SeesItsFiles()
    {
        await using Installation installation = await Installation.StartAsync(
            """
            scenarios:
              - turns:
                  - toolCalls: [{ name: read_file, arguments: { path: /skills/greeting.md } }]
                  - say: "{{toolResults}}"
            """);
        await installation.CreateAsync(SympoziumTypes.SkillPacks, "manners", new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["skills"] = new JsonArray(new JsonObject { ["name"] = "greeting", ["description"] = "How to greet.", ["content"] = "Say good day." }),
            },
        });
        await installation.CreateRunAsync("polite", "Greet.", new JsonObject { ["skills"] = new JsonArray("manners") });

        JsonObject run = await installation.WaitForEndAsync("polite");

        Assert.Contains("Say good day.", (string?)run["status"]!["result"], StringComparison.Ordinal);
        Assert.Contains("Say good day.", installation.Model.Requests[0].Body!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_TwentyAtOnce_AllSucceedEachOnce()
    {
        await using Installation installation = await Installation.StartAsync("scenarios: [{ turns: [{ say: \"{{lastUser}} done\" }] }]");
        string[] names = [.. Enumerable.Range(0, 20).Select(i => $"many-{i}")];

        await Task.WhenAll(names.Select(name => installation.CreateRunAsync(name, name)));
        JsonObject[] runs = await Task.WhenAll(names.Select(installation.WaitForEndAsync));

        Assert.All(names.Zip(runs), pair => Assert.Equal($"{pair.First} done", (string?)pair.Second["status"]!["result"]));
        Assert.Equal(20, installation.Model.Requests.Count);
    }

    [Fact]
    public async Task Tool_ThatThePolicyDenies_IsRefusedAtTheCall()
    {
        await using Installation installation = await Installation.StartAsync(
            """
            scenarios:
              - turns:
                  - toolCalls: [{ name: execute_command, arguments: { command: "echo ran" } }]
                  - say: "{{toolResults}}"
            """,
            new JsonObject
            {
                ["toolGating"] = new JsonObject
                {
                    ["defaultAction"] = "allow",
                    ["rules"] = new JsonArray(new JsonObject { ["tool"] = "execute_command", ["action"] = "deny" }),
                },
            });
        await installation.CreateRunAsync("gated", "Try it.");

        JsonObject run = await installation.WaitForEndAsync("gated");

        string result = (string)run["status"]!["result"]!;
        Assert.Contains("execute_command", result, StringComparison.Ordinal);
        Assert.DoesNotContain("echo ran", result, StringComparison.Ordinal);
        Assert.DoesNotContain("execute_command", installation.Model.Requests[0].Body!["tools"]!.ToJsonString(), StringComparison.Ordinal);
    }
}
