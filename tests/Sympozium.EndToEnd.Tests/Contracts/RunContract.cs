using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;
using Sympozium.Testing.Live;

namespace Sympozium.EndToEnd.Tests.Contracts;

/// <summary>A run through every layer: manifest, grain, Job, pod, agent, broker, model, bus, status.</summary>
public abstract class RunContract
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

    protected abstract Task<AgentWorld> StartAsync(string script, JsonObject? policy = null);

    [WorldFact]
    public async Task Run_WithThreeTools_SucceedsWithTheAnswerAndTheBrokersUsage()
    {
        await using AgentWorld world = await StartAsync(ThreeTools);
        await world.CreateRunAsync("three-tools", "Do three things.");

        JsonObject run = await world.WaitForEndAsync("three-tools");

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
        Assert.Equal(3, world.Model.Requests.Count);
    }

    [WorldFact]
    public async Task Run_Ended_LeavesNoTokenAndItsJobCompletes()
    {
        await using AgentWorld world = await StartAsync("scenarios: [{ turns: [{ say: Hello. }] }]");
        await world.CreateRunAsync("short", "Say hello.");
        await world.WaitForEndAsync("short");

        await world.WaitForAsync(CoreTypes.Secrets, "short-token", secret => secret is null);
        JsonObject job = await world.WaitForAsync(
            CoreTypes.Jobs, "short", job => (job?["status"]?["conditions"] as JsonArray)?.Any(c => (string?)c!["type"] == "Complete") ?? false);
        Assert.Equal("short", (string?)job["metadata"]!["annotations"]!["sympozium.ai/agent-run"]);
        Assert.NotNull(await world.Client.GetAsync(CoreTypes.ConfigMaps, world.Team, "short-input", CancellationToken.None));
    }

    [WorldFact]
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
        await using AgentWorld world = await StartAsync(Search);
        await world.CreateRunAsync("search", "Find the key.");

        JsonObject run = await world.WaitForEndAsync("search");

        string result = (string)run["status"]!["result"]!;
        Assert.Contains("searched", result, StringComparison.Ordinal);
        Assert.Contains("0\nsearched", result, StringComparison.Ordinal);
        Assert.DoesNotContain(AgentWorld.ProviderKey, world.Log, StringComparison.Ordinal);
    }

    [WorldFact]
    public async Task Run_OfASkillPack_SeesItsFiles()
    {
        await using AgentWorld world = await StartAsync(
            """
            scenarios:
              - turns:
                  - toolCalls: [{ name: read_file, arguments: { path: /skills/greeting.md } }]
                  - say: "{{toolResults}}"
            """);
        await world.CreateAsync(SympoziumTypes.SkillPacks, "manners", new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["skills"] = new JsonArray(new JsonObject { ["name"] = "greeting", ["description"] = "How to greet.", ["content"] = "Say good day." }),
            },
        });
        await world.CreateRunAsync("polite", "Greet.", new JsonObject { ["skills"] = new JsonArray("manners") });

        JsonObject run = await world.WaitForEndAsync("polite");

        Assert.Contains("Say good day.", (string?)run["status"]!["result"], StringComparison.Ordinal);
        Assert.Contains("Say good day.", world.Model.Requests[0].Body!.ToJsonString(), StringComparison.Ordinal);
    }

    [WorldFact]
    public async Task Runs_TwentyAtOnce_AllSucceedEachOnce()
    {
        await using AgentWorld world = await StartAsync("scenarios: [{ turns: [{ say: \"{{lastUser}} done\" }] }]");
        string[] names = [.. Enumerable.Range(0, 20).Select(i => $"many-{i}")];

        await Task.WhenAll(names.Select(name => world.CreateRunAsync(name, name)));
        JsonObject[] runs = await Task.WhenAll(names.Select(world.WaitForEndAsync));

        Assert.All(names.Zip(runs), pair => Assert.Equal($"{pair.First} done", (string?)pair.Second["status"]!["result"]));
        Assert.Equal(20, world.Model.Requests.Count);
    }

    [WorldFact]
    public async Task Tool_ThatThePolicyDenies_IsRefusedAtTheCall()
    {
        await using AgentWorld world = await StartAsync(
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
        await world.CreateRunAsync("gated", "Try it.");

        JsonObject run = await world.WaitForEndAsync("gated");

        string result = (string)run["status"]!["result"]!;
        Assert.Contains("execute_command", result, StringComparison.Ordinal);
        Assert.DoesNotContain("echo ran", result, StringComparison.Ordinal);
        Assert.DoesNotContain("execute_command", world.Model.Requests[0].Body!["tools"]!.ToJsonString(), StringComparison.Ordinal);
    }
}
