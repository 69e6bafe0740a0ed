using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary>The manifests of the documents that the product was asked from, applied unchanged by the real kubectl.</summary>
public sealed class SeedManifestTests
{
    [Fact]
    public async Task EveryManifest_AppliesUnchangedAndTwice()
    {
        await using Installation installation = await Installation.StartAsync("scenarios: [{ turns: [{ say: Done. }] }]");
        var kubectl = new Kubectl(installation.ControlPlane.KubeconfigPath);
        Assert.Equal(0, (await kubectl.RunAsync("create", "namespace", "platform-team")).ExitCode);
        Assert.Equal(0, (await kubectl.RunAsync("create", "namespace", "devops")).ExitCode);
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "tests", "Sympozium.Abstractions.Tests", "testassets", "seeds"), "*.yaml").Order()];
        Assert.True(files.Length >= 15, "The documents' manifests are missing.");

        foreach (string file in files)
        {
            string first = (await kubectl.RunAsync("apply", "-f", file)).Success;
            string second = (await kubectl.RunAsync("apply", "-f", file)).Success;
            Assert.Matches("(created|configured)\n$", first);
            Assert.EndsWith("unchanged\n", second, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ArticlesFirstAgent_RunsAsWrittenThere()
    {
        await using Installation installation = await Installation.StartAsync("scenarios: [{ turns: [{ say: It is Saturday. }] }]");
        var kubectl = new Kubectl(installation.ControlPlane.KubeconfigPath);
        string seeds = Path.Combine(RepositoryRoot.Path, "tests", "Sympozium.Abstractions.Tests", "testassets", "seeds");

        // The article's own commands, but for the address of the model.
        KubectlResult secret = await kubectl.RunAsync(
            "create", "secret", "generic", "openai-secret", "--from-literal=apiKey=sk-x", $"--from-literal=OPENAI_BASE_URL={installation.Model.OpenAiBaseUrl}");
        Assert.Equal(0, secret.ExitCode);
        Assert.Equal(0, (await kubectl.RunAsync("apply", "-f", Path.Combine(seeds, "article-sympoziumpolicy-permissive.yaml"))).ExitCode);
        Assert.Equal(0, (await kubectl.RunAsync("apply", "-f", Path.Combine(seeds, "article-sympoziuminstance-first.yaml"))).ExitCode);
        Assert.Equal(0, (await kubectl.RunAsync("apply", "-f", Path.Combine(seeds, "article-agentrun-first.yaml"))).ExitCode);
        JsonObject run = await installation.WaitForEndAsync("test-run-001");
        string description = (await kubectl.RunAsync("describe", "agentrun", "test-run-001")).Success;
        string table = (await kubectl.RunAsync("get", "agentrun", "test-run-001", "-n", "default")).Success;

        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
        Assert.Contains("It is Saturday.", description, StringComparison.Ordinal);
        Assert.Contains("Succeeded", table, StringComparison.Ordinal);
        Assert.Contains("my-first-agent", table, StringComparison.Ordinal);
        JsonObject sent = installation.Model.Requests[0].Body!;
        Assert.Equal("gpt-4o", (string?)sent["model"]);
        Assert.Contains("What is the current date and Kubernetes version?", sent["messages"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("You are a helpful assistant running on Kubernetes.", sent["messages"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Describe_OfARun_ShowsItsEvents()
    {
        await using Installation installation = await Installation.StartAsync("scenarios: [{ turns: [{ say: Done. }] }]");
        var kubectl = new Kubectl(installation.ControlPlane.KubeconfigPath);
        await installation.CreateRunAsync("eventful", "Work.");
        await installation.WaitForEndAsync("eventful");
        await installation.WaitForAsync(CoreTypes.Secrets, "eventful-token", secret => secret is null);

        string description = (await kubectl.RunAsync("describe", "agentrun", "eventful")).Success;
        string logs = (await kubectl.RunAsync("logs", "job/eventful", "-c", "agent")).Success;

        Assert.Matches("Normal +Succeeded", description);
        Assert.Contains("__SYMPOZIUM_RESULT__", logs, StringComparison.Ordinal);
    }
}
