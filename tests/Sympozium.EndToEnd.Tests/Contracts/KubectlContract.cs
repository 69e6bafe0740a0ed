using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;
using Sympozium.Testing.Live;

namespace Sympozium.EndToEnd.Tests.Contracts;

/// <summary>Runs by the hand of a person with the real kubectl.</summary>
public abstract class KubectlContract
{
    private static readonly string Seeds = Path.Combine(RepositoryRoot.Path, "tests", "Sympozium.Abstractions.Tests", "testassets", "seeds");

    protected abstract Task<AgentWorld> StartAsync(string script);

    [WorldFact]
    public async Task EveryManifest_AppliesTwice()
    {
        await using AgentWorld world = await StartAsync("scenarios: [{ turns: [{ say: Done. }] }]");
        string[] files = [.. Directory.EnumerateFiles(Seeds, "*.yaml").Order(StringComparer.Ordinal)];
        Assert.True(files.Length >= 15, "The documents' manifests are missing.");

        foreach (string file in files)
        {
            string first = (await ApplyAsync(world, file)).Success;
            string second = (await ApplyAsync(world, file)).Success;
            Assert.Matches("(created|configured)\n$", first);
            Assert.EndsWith("unchanged\n", second, StringComparison.Ordinal);
        }
    }

    [WorldFact]
    public async Task ArticlesFirstAgent_RunsAsWrittenThere()
    {
        await using AgentWorld world = await StartAsync("scenarios: [{ turns: [{ say: It is Saturday. }] }]");

        // The article's own commands, but for the address of the model.
        KubectlResult secret = await world.Kubectl.RunAsync(
            "create", "secret", "generic", "openai-secret", "-n", world.Team, "--from-literal=apiKey=sk-x", $"--from-literal=OPENAI_BASE_URL={world.Model.OpenAiBaseUrl}");
        Assert.True(secret.ExitCode == 0, secret.Errors);
        foreach (string file in (string[])["article-sympoziumpolicy-permissive.yaml", "article-sympoziuminstance-first.yaml", "article-agentrun-first.yaml"])
        {
            _ = (await ApplyAsync(world, Path.Combine(Seeds, file))).Success;
        }

        JsonObject run = await world.WaitForEndAsync("test-run-001");
        string description = (await world.Kubectl.RunAsync("describe", "agentrun", "test-run-001", "-n", world.Team)).Success;
        string table = (await world.Kubectl.RunAsync("get", "agentrun", "test-run-001", "-n", world.Team)).Success;

        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
        Assert.Contains("It is Saturday.", description, StringComparison.Ordinal);
        Assert.Contains("Succeeded", table, StringComparison.Ordinal);
        Assert.Contains("my-first-agent", table, StringComparison.Ordinal);
        JsonObject sent = world.Model.Requests[0].Body!;
        Assert.Equal("gpt-4o", (string?)sent["model"]);
        Assert.Contains("What is the current date and Kubernetes version?", sent["messages"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("You are a helpful assistant running on Kubernetes.", sent["messages"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [WorldFact]
    public async Task Describe_OfARun_ShowsItsEvents()
    {
        await using AgentWorld world = await StartAsync("scenarios: [{ turns: [{ say: Done. }] }]");
        await world.CreateRunAsync("eventful", "Work.");
        await world.WaitForEndAsync("eventful");
        await world.WaitForAsync(CoreTypes.Secrets, "eventful-token", secret => secret is null);

        string description = (await world.Kubectl.RunAsync("describe", "agentrun", "eventful", "-n", world.Team)).Success;
        string logs = (await world.Kubectl.RunAsync("logs", "job/eventful", "-c", "agent", "-n", world.Team)).Success;

        Assert.Matches("Normal +Succeeded", description);
        Assert.Contains("__SYMPOZIUM_RESULT__", logs, StringComparison.Ordinal);
    }

    /// <summary>Applies a document's manifest: as it is, or with the namespace of the test where that is another.</summary>
    protected virtual Task<KubectlResult> ApplyAsync(AgentWorld world, string file) => world.Kubectl.RunAsync("apply", "-f", file);
}
