using System.ClientModel;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Chat;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;
using Sympozium.Testing.Live;

namespace Sympozium.EndToEnd.Tests.Contracts;

/// <summary>The official OpenAI library against the whole product: each call is an AgentRun with a real pod.</summary>
public abstract class OpenAiContract
{
    private const string Echo = "scenarios: [{ turns: [{ think: Hm., say: [You, \" said \", \"{{lastUser}}\"], usage: { input: 21, output: 7 } }] }]";

    protected abstract Task<AgentWorld> StartAsync(string script);

    [WorldFact]
    public async Task ChatCompletion_OfAnInstance_IsOneRunWithTheWholeHistory()
    {
        await using AgentWorld world = await StartAsync(Echo);

        ClientResult<ChatCompletion> answer = await Client(world).CompleteChatAsync(
            new SystemChatMessage("Be short."), new UserChatMessage("first"), new AssistantChatMessage("one"), new UserChatMessage("second"));

        Assert.Equal("You said second", answer.Value.Content[0].Text);
        Assert.Equal(28, answer.Value.Usage.TotalTokenCount);
        string sent = world.Model.Requests[0].Body!["messages"]!.ToJsonString();
        Assert.All(["Be short.", "first", "one", "second"], text => Assert.Contains(text, sent, StringComparison.Ordinal));
        ResourceList runs = await world.Client.ListAsync(SympoziumTypes.AgentRuns, world.Team, ListOptions.All, CancellationToken.None);
        Assert.StartsWith("helper-web-", (string?)Assert.Single(runs.Items)["metadata"]!["name"], StringComparison.Ordinal);
    }

    [WorldFact]
    public async Task ChatCompletion_Streaming_ComesInPiecesWithUsage()
    {
        await using AgentWorld world = await StartAsync(Echo);
        var pieces = new List<string>();
        ChatTokenUsage? usage = null;

        await foreach (StreamingChatCompletionUpdate update in Client(world).CompleteChatStreamingAsync([new UserChatMessage("hello")]))
        {
            pieces.AddRange(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
        }

        Assert.Equal("You said hello", string.Concat(pieces));
        Assert.Equal(28, usage?.TotalTokenCount);
    }

    [WorldFact]
    public async Task ChatCompletion_ThatTheClientLeaves_CancelsItsRun()
    {
        await using AgentWorld world = await StartAsync("scenarios: [{ turns: [{ hang: true }] }]");
        using var leave = new CancellationTokenSource();
        Task<ClientResult<ChatCompletion>> call = Client(world).CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: leave.Token);
        await world.Model.WaitForRequestAsync(TestTimeouts.WithProcesses);

        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        ResourceList runs = await world.Client.ListAsync(SympoziumTypes.AgentRuns, world.Team, ListOptions.All, CancellationToken.None);
        JsonObject run = await world.WaitForEndAsync((string)Assert.Single(runs.Items)["metadata"]!["name"]!);
        Assert.Equal("Cancelled", (string?)run["status"]!["phase"]);
    }

    [WorldFact]
    public async Task ChatCompletion_OfAnUnknownModel_IsNotFound()
    {
        await using AgentWorld world = await StartAsync(Echo);

        ClientResultException refused = await Assert.ThrowsAsync<ClientResultException>(
            () => Client(world, "nobody").CompleteChatAsync([new UserChatMessage("hello")]));

        Assert.Equal(404, refused.Status);
        Assert.Contains("model_not_found", refused.GetRawResponse()!.Content.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Instances of the default namespace go by their name alone.</summary>
    private static ChatClient Client(AgentWorld world, string? model = null) => new(
        model ?? (world.Team == Installation.Namespace ? AgentWorld.Instance : $"{world.Team}/{AgentWorld.Instance}"),
        new ApiKeyCredential(world.GatewayAccess.Token),
        new OpenAIClientOptions { Endpoint = new Uri(world.GatewayAccess.Address, "v1") });
}
