using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Runs;
using Sympozium.Cli.ModelStub;
using Sympozium.Gateway.Tests.Harness;
using Sympozium.Testing;

namespace Sympozium.Gateway.Tests.Broker;

public sealed class BrokerTests
{
    private const string Key = "sk-very-secret-0123456789";
    private const string Body = """{"model":"anything","messages":[{"role":"user","content":"hi"}],"temperature":0.5}""";
    private const string StreamBody = """{"model":"anything","stream":true,"messages":[{"role":"user","content":"hi"}]}""";
    private const string StreamUsageBody = """{"model":"anything","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}""";

    [Fact]
    public async Task Chat_Whole_ForcesTheRoutesModelSendsTheKeyAndRecordsUsage()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(WithSecret);
        await using var model = await ModelStubServer.StartAsync($"apiKey: {Key}\nscenarios: [{{ turns: [{{ say: hello there, usage: {{ input: 9, output: 4, cached: 3, reasoning: 1 }} }}] }}]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl, secret: "provider");

        using HttpResponseMessage response = await PostAsync(pod, Body);
        JsonNode answer = (await response.Content.ReadFromJsonAsync<JsonNode>())!;

        Assert.Equal("hello there", (string?)answer["choices"]![0]!["message"]!["content"]);
        Assert.Equal("gpt-test", (string?)model.Requests[0].Body!["model"]);
        Assert.Equal(0.5, (double)model.Requests[0].Body!["temperature"]!);
        ModelCallUsage usage = Assert.Single(gateway.Grains.Run("default/r").Usages);
        Assert.Equal((9, 4, 3, 1, 0, false), (usage.InputTokens, usage.OutputTokens, usage.CachedInputTokens, usage.ReasoningTokens, usage.ToolCalls, usage.Estimated));
    }

    [Fact]
    public async Task Chat_Stream_PassesTheBytesOnAndRecordsUsageBeforeTheEnd()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ think: hm, say: [a, b], toolCalls: [{ name: t }, { name: u }], usage: { input: 9, output: 4 } }] }]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl);

        string brokered = await (await PostAsync(pod, StreamUsageBody)).Content.ReadAsStringAsync();
        using var direct = new HttpClient();
        string straight = await (await direct.PostAsync($"{model.OpenAiBaseUrl}/chat/completions", GatewayHarness.Json(StreamUsageBody.Replace("anything", "gpt-test", StringComparison.Ordinal)))).Content.ReadAsStringAsync();

        Assert.Equal(Normal(straight), Normal(brokered));
        ModelCallUsage usage = Assert.Single(gateway.Grains.Run("default/r").Usages);
        Assert.Equal((9, 4, 2, false), (usage.InputTokens, usage.OutputTokens, usage.ToolCalls, usage.Estimated));
    }

    [Fact]
    public async Task Chat_StreamWithoutUsageWish_GetsNoUsageChunkButIsCounted()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ say: [a], usage: { input: 9, output: 4 } }] }]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl);

        string text = await (await PostAsync(pod, StreamBody)).Content.ReadAsStringAsync();

        Assert.DoesNotContain("\"choices\":[]", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\n\n\n", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Equal(9, Assert.Single(gateway.Grains.Run("default/r").Usages).InputTokens);
        Assert.True((bool)model.Requests[0].Body!["stream_options"]!["include_usage"]!);
    }

    [Fact]
    public async Task Chat_ProviderReportsNoUsage_EstimatesAndSaysSo()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ say: [0123456789012345678901234567890123456789], usage: none }] }]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl);

        using HttpResponseMessage response = await PostAsync(pod, StreamBody);
        await response.Content.ReadAsStringAsync();

        ModelCallUsage usage = Assert.Single(gateway.Grains.Run("default/r").Usages);
        Assert.True(usage.Estimated);
        Assert.InRange(usage.OutputTokens, 10, 12);
    }

    [Fact]
    public async Task Chat_RateLimitedThenOk_WaitsAsAskedAndAnswers()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ say: ok, error: { status: 429, code: rate_limit_exceeded, retryAfter: 1, times: 1 } }] }]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl);

        using HttpResponseMessage response = await PostAsync(pod, StreamBody);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, model.Requests.Count);
        Assert.True(TimeProvider.System.GetElapsedTime(model.Requests[0].ReceivedAt, model.Requests[1].ReceivedAt) >= TimeSpan.FromMilliseconds(990));
    }

    [Fact]
    public async Task Chat_RetryAfterBeyondPatience_FailsAtOnceAndPassesItOn()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ error: { status: 429, retryAfter: 3600 } }] }]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl);

        using HttpResponseMessage response = await PostAsync(pod, Body);

        await AssertErrorAsync(response, 429, RunFailureReasons.ModelUnavailable);
        Assert.Equal("3600", response.Headers.RetryAfter!.ToString());
        Assert.Single(model.Requests);
    }

    [Theory]
    [InlineData(500, "x", 4, 503, RunFailureReasons.ModelUnavailable)]
    [InlineData(401, "invalid_api_key", 1, 401, RunFailureReasons.ModelRejected)]
    [InlineData(400, "context_length_exceeded", 1, 400, RunFailureReasons.ModelRejected)]
    [InlineData(429, "insufficient_quota", 1, 429, RunFailureReasons.ModelRejected)]
    public async Task Chat_ProviderRefuses_IsRetriedOrNotAndMapped(int status, string code, int tries, int mapped, string reason)
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(WithSecret);
        await using var model = await ModelStubServer.StartAsync($"scenarios: [{{ turns: [{{ error: {{ status: {status}, code: {code}, message: 'bad key {Key} given' }} }}] }}]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl, secret: "provider");

        using HttpResponseMessage response = await PostAsync(pod, StreamBody);

        string message = await AssertErrorAsync(response, mapped, reason);
        Assert.Equal(tries, model.Requests.Count);
        Assert.Contains("bad key [redacted] given", message, StringComparison.Ordinal);
        Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        Assert.Empty(gateway.Grains.Run("default/r").Usages);
    }

    [Fact]
    public async Task Chat_ProviderEchoesTheKey_ItIsRemoved()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(WithSecret);
        await using var model = await ModelStubServer.StartAsync($"scenarios: [{{ turns: [{{ say: ['key: {Key}!'] }}] }}]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl, secret: "provider");
        using HttpClient anthropic = await gateway.NewPodAsync("a", model.OpenAiBaseUrl, provider: "anthropic", secret: "provider");

        foreach (HttpClient client in new[] { pod, anthropic })
        {
            foreach (string body in new[] { Body, StreamBody })
            {
                using HttpResponseMessage response = await PostAsync(client, body);
                string text = response.Headers + await response.Content.ReadAsStringAsync();
                Assert.DoesNotContain(Key, text, StringComparison.Ordinal);
                Assert.Contains("key: [redacted]!", text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Chat_UnreachableProvider_Is503AfterAllTries()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpClient pod = await gateway.NewPodAsync("r", "http://127.0.0.1:1/v1");

        using HttpResponseMessage response = await PostAsync(pod, StreamBody);

        Assert.Contains("127.0.0.1:1", await AssertErrorAsync(response, 503, RunFailureReasons.ModelUnavailable), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_Rubbish_IsAModelErrorAndNotRetried()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ rubbish: '<html>oops</html>' }] }]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl);

        foreach (string body in new[] { Body, StreamBody })
        {
            using HttpResponseMessage response = await PostAsync(pod, body);
            await AssertErrorAsync(response, 502, RunFailureReasons.ModelError);
        }

        Assert.Equal(2, model.Requests.Count);
    }

    [Fact]
    public async Task Chat_StreamBreaksOff_EndsWithAnErrorEventAndCountsWhatCame()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ say: [some, text, here], delayMs: 20, breakAfter: 2 }] }]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl);

        using HttpResponseMessage response = await PostAsync(pod, StreamBody);
        string text = await response.Content.ReadAsStringAsync();

        Assert.Contains("\"content\":\"some\"", text, StringComparison.Ordinal);
        JsonNode error = JsonNode.Parse(text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1]["data: ".Length..])!["error"]!;
        Assert.Equal(RunFailureReasons.ModelError, (string?)error["code"]);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.Single(model.Requests);
        Assert.True(Assert.Single(gateway.Grains.Run("default/r").Usages).Estimated);
    }

    [Fact]
    public async Task Chat_NoFirstByte_TimesOutPerTry()
    {
        var time = new FakeTime(TimeProvider.System.GetUtcNow());
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(harness =>
        {
            harness.Time = time;
            harness.Broker.MaxAttempts = 2;
        });
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ hang: true }] }]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl);

        Task<HttpResponseMessage> answer = PostAsync(pod, StreamBody);
        await model.WaitForRequestAsync(GatewayHarness.Patience, request => request.Number == 1);
        time.Advance(gateway.Broker.FirstByteTimeout);
        await time.WaitForTimerAsync(gateway.Broker.RetryMaxDelay);
        time.Advance(gateway.Broker.RetryMaxDelay);
        await model.WaitForRequestAsync(GatewayHarness.Patience, request => request.Number == 2);
        Assert.False(answer.IsCompleted);
        time.Advance(gateway.Broker.FirstByteTimeout);
        using HttpResponseMessage response = await answer;

        await AssertErrorAsync(response, 504, RunFailureReasons.ModelUnavailable);
        Assert.Equal(2, model.Requests.Count);
        Assert.Equal(ReplyOutcome.ClientLeft, await model.Requests[0].Outcome.WaitAsync(GatewayHarness.Patience));
    }

    [Fact]
    public async Task Chat_SilenceInTheMiddle_TimesOut()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(harness => harness.Broker.IdleTimeout = TimeSpan.FromMilliseconds(200));
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ say: [a], hang: true }] }]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl);

        using HttpResponseMessage response = await PostAsync(pod, StreamBody);
        string text = await response.Content.ReadAsStringAsync();

        Assert.Contains("went silent for 0.2 s", text, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"ModelError\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_AgentLeaves_TheCallIsCancelledAtTheProviderAndCounted()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ say: [a], hang: true }] }]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl);
        using var request = new HttpRequestMessage(HttpMethod.Post, "broker/v1/chat/completions") { Content = GatewayHarness.Json(StreamBody) };

        using (HttpResponseMessage response = await pod.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (!(await reader.ReadLineAsync())!.Contains("\"content\":\"a\"", StringComparison.Ordinal))
            {
            }
        }

        Assert.Equal(ReplyOutcome.ClientLeft, await model.Requests[0].Outcome.WaitAsync(GatewayHarness.Patience));
        using var limit = new CancellationTokenSource(GatewayHarness.Patience);
        while (gateway.Grains.Run("default/r").Usages.IsEmpty)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }

    [Theory]
    [InlineData("openai", null, "needs a key, but the instance names no secret")]
    [InlineData("openai", "absent", "The secret 'absent' with the key of provider 'openai' does not exist in namespace 'default'")]
    [InlineData("groq", "empty", "put it under one of apiKey, GROQ_API_KEY, OPENAI_API_KEY, ANTHROPIC_API_KEY, API_KEY")]
    public async Task Chat_KeyMissing_SaysWhichSecretAndKeys(string provider, string? secret, string expected)
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(harness => harness.Kubernetes.PutSecret("empty", ("OTHER", "x")));
        using HttpClient pod = await gateway.NewPodAsync("r", null, provider, secret);

        using HttpResponseMessage response = await PostAsync(pod, Body);

        Assert.Contains(expected, await AssertErrorAsync(response, 400, RunFailureReasons.MissingCredentials), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_UnknownProviderWithoutUrl_SaysWhatToSet()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpClient pod = await gateway.NewPodAsync("r", null, "acme");

        using HttpResponseMessage response = await PostAsync(pod, Body);

        Assert.Contains("baseURL", await AssertErrorAsync(response, 400, RunFailureReasons.InvalidSpec), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_BaseUrlAndKeyInOneSecret_Work()
    {
        await using var model = await ModelStubServer.StartAsync($"apiKey: {Key}\nscenarios: [{{ turns: [{{ say: ok }}] }}]");
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(harness =>
            harness.Kubernetes.PutSecret("both", ("OPENAI_API_KEY", Key + "\n"), ("OPENAI_BASE_URL", model.OpenAiBaseUrl)));
        using HttpClient pod = await gateway.NewPodAsync("r", null, secret: "both");

        using HttpResponseMessage response = await PostAsync(pod, Body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Chat_RunEndedOrGone_Is409Or404()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpClient pod = await gateway.NewPodAsync("r");

        gateway.Grains.Run("default/r").Route = () => throw new SympoziumConflictException("Run 'default/r' has ended.");
        using HttpResponseMessage ended = await PostAsync(pod, Body);
        gateway.Grains.Run("default/r").Route = () => throw new SympoziumNotFoundException("There is no run 'default/r'.");
        using HttpResponseMessage gone = await PostAsync(pod, Body);

        await AssertErrorAsync(ended, 409, "run_ended");
        await AssertErrorAsync(gone, 404, "not_found");
    }

    private static void WithSecret(GatewayHarness harness) => harness.Kubernetes.PutSecret("provider", ("apiKey", Key));

    private static Task<HttpResponseMessage> PostAsync(HttpClient pod, string body) => pod.PostAsync("broker/v1/chat/completions", GatewayHarness.Json(body));

    private static async Task<string> AssertErrorAsync(HttpResponseMessage response, int status, string code)
    {
        JsonObject error = (await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!.AsObject();
        Assert.Equal(["message", "type", "param", "code"], error.Select(pair => pair.Key));
        Assert.Equal((status, code), ((int)response.StatusCode, (string?)error["code"]));
        return (string)error["message"]!;
    }

    /// <summary>The stub numbers its answers and dates them.</summary>
    private static string Normal(string stream) => System.Text.RegularExpressions.Regex.Replace(stream, "chatcmpl-[0-9a-f]+|\"created\":[0-9]+", "*");
}
