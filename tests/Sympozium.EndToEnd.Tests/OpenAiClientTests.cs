using System.ClientModel;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Chat;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary>The official OpenAI library against the whole product: each call is an AgentRun with a real pod.</summary>
public sealed class OpenAiClientTests
{
    private const string Echo = "scenarios: [{ turns: [{ think: Hm., say: [You, \" said \", \"{{lastUser}}\"], usage: { input: 21, output: 7 } }] }]";

    [Fact]
    public async Task ChatCompletion_OfAnInstance_IsOneRunWithTheWholeHistory()
    {
        await using Installation installation = await Installation.StartAsync(Echo);

        ClientResult<ChatCompletion> answer = await Client(installation).CompleteChatAsync(
            new SystemChatMessage("Be short."), new UserChatMessage("first"), new AssistantChatMessage("one"), new UserChatMessage("second"));

        Assert.Equal("You said second", answer.Value.Content[0].Text);
        Assert.Equal(28, answer.Value.Usage.TotalTokenCount);
        string sent = installation.Model.Requests[0].Body!["messages"]!.ToJsonString();
        Assert.All(["Be short.", "first", "one", "second"], text => Assert.Contains(text, sent, StringComparison.Ordinal));
        ResourceList runs = await installation.Client.ListAsync(SympoziumTypes.AgentRuns, "default", ListOptions.All, CancellationToken.None);
        Assert.StartsWith("helper-web-", (string?)Assert.Single(runs.Items)["metadata"]!["name"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChatCompletion_Streaming_ComesInPiecesWithUsage()
    {
        await using Installation installation = await Installation.StartAsync(Echo);
        var pieces = new List<string>();
        ChatTokenUsage? usage = null;

        await foreach (StreamingChatCompletionUpdate update in Client(installation).CompleteChatStreamingAsync([new UserChatMessage("hello")]))
        {
            pieces.AddRange(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
        }

        Assert.Equal("You said hello", string.Concat(pieces));
        Assert.Equal(28, usage?.TotalTokenCount);
    }

    [Fact]
    public async Task ChatCompletion_ThatTheClientLeaves_CancelsItsRun()
    {
        await using Installation installation = await Installation.StartAsync("scenarios: [{ turns: [{ hang: true }] }]");
        using var leave = new CancellationTokenSource();
        Task<ClientResult<ChatCompletion>> call = Client(installation).CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: leave.Token);
        await installation.Model.WaitForRequestAsync(TestTimeouts.WithProcesses);

        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        ResourceList runs = await installation.Client.ListAsync(SympoziumTypes.AgentRuns, "default", ListOptions.All, CancellationToken.None);
        JsonObject run = await installation.WaitForEndAsync((string)Assert.Single(runs.Items)["metadata"]!["name"]!);
        Assert.Equal("Cancelled", (string?)run["status"]!["phase"]);
    }

    [Fact]
    public async Task ChatCompletion_OfAnUnknownModel_IsNotFound()
    {
        await using Installation installation = await Installation.StartAsync(Echo);

        ClientResultException refused = await Assert.ThrowsAsync<ClientResultException>(
            () => Client(installation, "nobody").CompleteChatAsync([new UserChatMessage("hello")]));

        Assert.Equal(404, refused.Status);
        Assert.Contains("model_not_found", refused.GetRawResponse()!.Content.ToString(), StringComparison.Ordinal);
    }

    private static ChatClient Client(Installation installation, string model = Installation.Instance) => new(
        model,
        new ApiKeyCredential(installation.ControlPlane.Token),
        new OpenAIClientOptions { Endpoint = new Uri(installation.ControlPlane.Gateway.BaseAddress!, "v1") });
}
