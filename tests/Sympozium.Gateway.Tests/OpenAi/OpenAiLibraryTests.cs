using System.ClientModel;
using System.Text;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;
using Sympozium.Abstractions.Runs;
using Sympozium.Gateway.Tests.Harness;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Tests.OpenAi;

/// <summary>OpenAI's own .NET library as the client.</summary>
public sealed class OpenAiLibraryTests
{
    [Fact]
    public async Task Models_ListAndGet_KnowInstancesAndAgentsOfAllNamespaces()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        gateway.Kubernetes.Put(SympoziumTypes.Agents, "team", "coder");
        OpenAIModelClient models = Client(gateway).GetOpenAIModelClient();

        OpenAIModelCollection list = await models.GetModelsAsync();
        OpenAIModel one = await models.GetModelAsync("team/coder");

        Assert.Equal(["helper", "team/coder"], list.Select(model => model.Id));
        Assert.Equal(("team/coder", "sympozium"), (one.Id, one.OwnedBy));
    }

    [Fact]
    public async Task Chat_Whole_IsUnderstood()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        Task<ClientResult<ChatCompletion>> call = Client(gateway).GetChatClient("helper").CompleteChatAsync(new SystemChatMessage("be kind"), new UserChatMessage("hi"));
        await gateway.SucceedAsync(await gateway.NextRunAsync(), "hello");
        ChatCompletion completion = await call;

        Assert.Equal(("hello", ChatFinishReason.Stop, 18), (completion.Content[0].Text, completion.FinishReason, completion.Usage.TotalTokenCount));
    }

    [Fact]
    public async Task Chat_Stream_IsUnderstood()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        Task<(string Text, int Tokens)> reading = ReadAsync(Client(gateway).GetChatClient("helper").CompleteChatStreamingAsync(new UserChatMessage("hi")));
        JsonObject run = await gateway.NextRunAsync();
        await gateway.TextAsync(run, "hel");
        await gateway.TextAsync(run, "lo");
        await gateway.SucceedAsync(run, "hello");

        Assert.Equal(("hello", 18), await reading.WaitAsync(GatewayHarness.Patience));
    }

    [Fact]
    public async Task Chat_RunFails_TheLibraryThrowsOnceAndDoesNotRepeatTheRun()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        Task<ClientResult<ChatCompletion>> call = Client(gateway).GetChatClient("helper").CompleteChatAsync(new UserChatMessage("hi"));
        await gateway.FailAsync(await gateway.NextRunAsync(), RunFailureReasons.PolicyDenied, "no");
        ClientResultException thrown = await Assert.ThrowsAsync<ClientResultException>(() => call);

        Assert.Equal(403, thrown.Status);
        Assert.Single(gateway.Kubernetes.Runs);
    }

    private static OpenAIClient Client(GatewayHarness gateway) =>
        new(new ApiKeyCredential(gateway.App.Token), new OpenAIClientOptions { Endpoint = new Uri(gateway.App.BaseAddress, "v1") });

    private static async Task<(string Text, int Tokens)> ReadAsync(AsyncCollectionResult<StreamingChatCompletionUpdate> updates)
    {
        var text = new StringBuilder();
        int tokens = 0;
        await foreach (StreamingChatCompletionUpdate update in updates)
        {
            text.Append(string.Concat(update.ContentUpdate.Select(part => part.Text)));
            tokens = update.Usage?.TotalTokenCount ?? tokens;
        }

        return (text.ToString(), tokens);
    }
}
