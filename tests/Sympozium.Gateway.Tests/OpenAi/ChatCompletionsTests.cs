using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;
using Sympozium.Gateway.Tests.Harness;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Tests.OpenAi;

public sealed class ChatCompletionsTests
{
    private const string Body = """{"model":"helper","messages":[{"role":"user","content":"hi"}]}""";
    private const string StreamBody = """{"model":"helper","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}""";

    [Fact]
    public async Task Post_Whole_CreatesARunWithTheWholeHistoryAndAnswersItsResult()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        const string Messages = """[{"role":"system","content":"be kind"},{"role":"user","content":"one"},{"role":"assistant","content":"two"},{"role":"user","content":[{"type":"text","text":"three"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]}]""";

        Task<HttpResponseMessage> call = gateway.Client.PostAsync("v1/chat/completions", GatewayHarness.Json($$"""{"model":"default/helper","messages":{{Messages}},"temperature":0.2,"unknown":1}"""));
        JsonObject run = await gateway.NextRunAsync();
        await gateway.SucceedAsync(run, "four");
        using HttpResponseMessage response = await call;
        JsonNode answer = (await response.Content.ReadFromJsonAsync<JsonNode>())!;

        Assert.Matches("^helper-web-[a-z0-9]{5}$", (string?)run["metadata"]!["name"]);
        Assert.Equal("gateway", (string?)run["metadata"]!["labels"]!["sympozium.ai/source"]);
        Assert.Equal("helper", (string?)run["metadata"]!["labels"]!["sympozium.ai/instance"]);
        Assert.Equal(("helper", "three"), ((string?)run["spec"]!["instanceRef"], (string?)run["spec"]!["task"]));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Messages), run["spec"]!["messages"]));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal($"chatcmpl-{run["metadata"]!["name"]}", (string?)answer["id"]);
        Assert.Equal(("chat.completion", "default/helper"), ((string?)answer["object"], (string?)answer["model"]));
        Assert.Equal("""{"role":"assistant","content":"four","refusal":null,"annotations":[]}""", answer["choices"]![0]!["message"]!.ToJsonString());
        Assert.Equal((11, 7, 18, 4), ((int)answer["usage"]!["prompt_tokens"]!, (int)answer["usage"]!["completion_tokens"]!, (int)answer["usage"]!["total_tokens"]!, (int)answer["usage"]!["prompt_tokens_details"]!["cached_tokens"]!));
        Assert.StartsWith("req_", response.Headers.GetValues("x-request-id").Single(), StringComparison.Ordinal);
        Assert.True(int.Parse(response.Headers.GetValues("openai-processing-ms").Single(), System.Globalization.CultureInfo.InvariantCulture) >= 0);
    }

    [Fact]
    public async Task Post_Stream_SendsRoleDeltasFinishUsageAndDoneByteForByte()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();

        Task<HttpResponseMessage> call = gateway.Client.PostAsync("v1/chat/completions", GatewayHarness.Json(StreamBody));
        JsonObject run = await gateway.NextRunAsync();
        await gateway.TextAsync(run, "Hel\"lo");
        await gateway.TextAsync(run, " ✓");
        await gateway.SucceedAsync(run, "Hel\"lo ✓");
        using HttpResponseMessage response = await call;
        string text = await response.Content.ReadAsStringAsync();

        string name = (string)run["metadata"]!["name"]!;
        long created = (long)JsonNode.Parse(text.Split('\n')[0]["data: ".Length..])!["created"]!;
        string head = $$"""data: {"id":"chatcmpl-{{name}}","object":"chat.completion.chunk","created":{{created}},"model":"helper","choices":[""";
        string expected = string.Concat(
            new[]
            {
                head + """{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}""",
                head + """{"index":0,"delta":{"content":"Hel\"lo"},"logprobs":null,"finish_reason":null}],"usage":null}""",
                head + """{"index":0,"delta":{"content":" ✓"},"logprobs":null,"finish_reason":null}],"usage":null}""",
                head + """{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}""",
                head + """],"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":2,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}""",
                "data: [DONE]",
            }.Select(line => line + "\n\n"));
        Assert.Equal(expected, text);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.True(response.Headers.CacheControl!.NoCache);
    }

    [Fact]
    public async Task Post_StreamSilent_SendsHeartbeats()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(harness => harness.Options.HeartbeatInterval = TimeSpan.FromMilliseconds(20));
        using HttpRequestMessage request = new(HttpMethod.Post, "v1/chat/completions") { Content = GatewayHarness.Json(StreamBody) };

        Task<HttpResponseMessage> call = gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        JsonObject run = await gateway.NextRunAsync();
        using HttpResponseMessage response = await call;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        Assert.Contains("\"role\":\"assistant\"", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("", await reader.ReadLineAsync());
        Assert.Equal(": ping", await reader.ReadLineAsync());
        await gateway.SucceedAsync(run, "late");
        string rest = await reader.ReadToEndAsync();
        Assert.Contains("\"content\":\"late\"", rest, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", rest, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RunFailureReasons.ModelUnavailable, 503, "server_error")]
    [InlineData(RunFailureReasons.Timeout, 504, "server_error")]
    [InlineData(RunFailureReasons.ModelRejected, 400, "invalid_request_error")]
    [InlineData(RunFailureReasons.InvalidSpec, 400, "invalid_request_error")]
    [InlineData(RunFailureReasons.MissingCredentials, 400, "invalid_request_error")]
    [InlineData(RunFailureReasons.PolicyDenied, 403, "invalid_request_error")]
    [InlineData(RunFailureReasons.OutOfMemory, 500, "server_error")]
    public async Task Post_RunFailsEarly_AnswersAMappedStatusAlsoWhenStreaming(string reason, int status, string type)
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        foreach (string body in new[] { Body, StreamBody })
        {
            Task<HttpResponseMessage> call = gateway.Client.PostAsync("v1/chat/completions", GatewayHarness.Json(body));
            await gateway.FailAsync(await gateway.NextRunAsync(), reason, "because of this");
            using HttpResponseMessage response = await call;
            JsonNode error = (await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!;

            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal((type, reason), ((string?)error["type"], (string?)error["code"]));
            Assert.Contains("because of this", (string?)error["message"], StringComparison.Ordinal);
            Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        }
    }

    [Fact]
    public async Task Post_RunFailsMidStream_SendsAnErrorEventAndCloses()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();

        Task<HttpResponseMessage> call = gateway.Client.PostAsync("v1/chat/completions", GatewayHarness.Json(StreamBody));
        JsonObject run = await gateway.NextRunAsync();
        await gateway.TextAsync(run, "so far");
        await gateway.FailAsync(run, RunFailureReasons.ModelError, "it broke off");
        using HttpResponseMessage response = await call;
        string[] events = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);

        JsonObject error = JsonNode.Parse(events[^1]["data: ".Length..])!["error"]!.AsObject();
        Assert.Equal(["message", "type", "param", "code"], error.Select(pair => pair.Key));
        Assert.Equal("ModelError", (string?)error["code"]);
    }

    [Fact]
    public async Task Post_ClientLeaves_CancelsTheRun()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using var leave = new CancellationTokenSource();

        Task<HttpResponseMessage> call = gateway.Client.PostAsync("v1/chat/completions", GatewayHarness.Json(StreamBody), leave.Token);
        JsonObject run = await gateway.NextRunAsync();
        await leave.CancelAsync();
        JsonObject patched = await gateway.NextPatchAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal((string?)run["metadata"]!["name"], (string?)patched["metadata"]!["name"]);
        Assert.True((bool)patched["spec"]!["cancel"]!);
    }

    [Fact]
    public async Task Post_GatewayStops_TheClientIsToldAndTheRunGoesOn()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(harness => harness.Options.ShutdownGrace = GatewayHarness.Patience);

        Task<HttpResponseMessage> call = gateway.Client.PostAsync("v1/chat/completions", GatewayHarness.Json(StreamBody));
        await gateway.NextRunAsync();
        await gateway.App.StopAsync(CancellationToken.None);
        using HttpResponseMessage response = await call;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.False(gateway.Kubernetes.PatchedRuns.TryRead(out _));
    }

    [Fact]
    public async Task Post_TerminalEventLost_IsFoundInTheResource()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(harness => harness.Options.RunPollInterval = TimeSpan.FromMilliseconds(20));

        Task<HttpResponseMessage> call = gateway.Client.PostAsync("v1/chat/completions", GatewayHarness.Json(StreamBody));
        JsonObject run = await gateway.NextRunAsync();
        gateway.Kubernetes.SetStatus("default", (string)run["metadata"]!["name"]!, new JsonObject { ["phase"] = "Succeeded", ["result"] = "from status", ["tokenUsage"] = new JsonObject { ["inputTokens"] = 3 } });
        using HttpResponseMessage response = await call;
        string text = await response.Content.ReadAsStringAsync();

        Assert.Contains("\"content\":\"from status\"", text, StringComparison.Ordinal);
        Assert.Contains("\"prompt_tokens\":3", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_RunDeleted_EndsWithAnError()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(harness => harness.Options.RunPollInterval = TimeSpan.FromMilliseconds(20));

        Task<HttpResponseMessage> call = gateway.Client.PostAsync("v1/chat/completions", GatewayHarness.Json(Body));
        JsonObject run = await gateway.NextRunAsync();
        gateway.Kubernetes.Remove("default", (string)run["metadata"]!["name"]!);
        using HttpResponseMessage response = await call;

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Post_SameIdempotencyKey_JoinsTheLiveRunAndAnswersAFinishedOneAgain()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();

        Task<HttpResponseMessage> first = PostWithKeyAsync(gateway, Body);
        JsonObject run = await gateway.NextRunAsync();
        Task<HttpResponseMessage> second = PostWithKeyAsync(gateway, Body);
        await gateway.SucceedAsync(run, "once");
        string[] answers = [await ContentAsync(await first), await ContentAsync(await second), await ContentAsync(await PostWithKeyAsync(gateway, Body))];
        using HttpResponseMessage other = await PostWithKeyAsync(gateway, Body.Replace("hi", "ho", StringComparison.Ordinal));

        Assert.Single(answers.Distinct());
        Assert.Single(gateway.Kubernetes.Runs);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        Assert.Equal("idempotency_key_reused", (string?)(await other.Content.ReadFromJsonAsync<JsonNode>())!["error"]!["code"]);
    }

    [Fact]
    public async Task Post_OneOfTwoJoinedClientsLeaves_TheRunGoesOn()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(harness => harness.Options.HeartbeatInterval = TimeSpan.FromMilliseconds(10));
        using var leave = new CancellationTokenSource();
        using HttpResponseMessage leaver = await PostWithKeyAsync(gateway, StreamBody, HttpCompletionOption.ResponseHeadersRead, leave.Token);
        JsonObject run = await gateway.NextRunAsync();
        using HttpResponseMessage stayer = await PostWithKeyAsync(gateway, StreamBody, HttpCompletionOption.ResponseHeadersRead, default);

        leaver.Dispose();
        await gateway.TextAsync(run, "still here");
        await gateway.SucceedAsync(run, "still here");

        Assert.Contains("still here", await stayer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(gateway.Kubernetes.PatchedRuns.TryRead(out _));
    }

    [Fact]
    public async Task Post_RoundsAndAReset_AreOneCleanText()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();

        Task<HttpResponseMessage> call = gateway.Client.PostAsync("v1/chat/completions", GatewayHarness.Json(StreamBody));
        JsonObject run = await gateway.NextRunAsync();
        await gateway.ChunkAsync(run, """[{"type":"reasoning","content":"hm"},{"type":"text","content":"Let me look."}]""");
        await gateway.ChunkAsync(run, """[{"type":"tool_call","tool":"t"},{"type":"tool_result","tool":"t"},{"type":"text","content":"It is "},{"type":"text","content":"gre"}]""");
        await gateway.ChunkAsync(run, """[{"type":"reset"},{"type":"text","content":"It is gr"},{"type":"text","content":"een"}]""");
        await gateway.SucceedAsync(run, "It is green.");
        using HttpResponseMessage response = await call;
        JsonNode[] deltas = [.. (await response.Content.ReadAsStringAsync()).Split("\n\n").Where(line => line.Contains("\"delta\"", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line["data: ".Length..])!["choices"]![0]!["delta"]!)];

        Assert.Equal("Let me look.\n\nIt is green.", string.Concat(deltas.Select(delta => (string?)delta["content"])));
        Assert.Equal("hm", string.Concat(deltas.Select(delta => (string?)delta["reasoning_content"])));
    }

    [Theory]
    [InlineData("{", null)]
    [InlineData("[]", null)]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", "model")]
    [InlineData("""{"model":"helper"}""", "messages")]
    [InlineData("""{"model":"helper","messages":[]}""", "messages")]
    [InlineData("""{"model":"helper","messages":[{"role":"system","content":"x"}]}""", "messages")]
    [InlineData("""{"model":"helper","messages":[{"role":"boss","content":"x"}]}""", "messages[0].role")]
    [InlineData("""{"model":"helper","messages":[{"role":"user","content":7}]}""", "messages[0].content")]
    [InlineData("""{"model":"helper","messages":[{"role":"user","content":[{"type":"smell"}]}]}""", "messages[0].content[0].type")]
    [InlineData("""{"model":"helper","n":2,"messages":[{"role":"user","content":"x"}]}""", "n")]
    [InlineData("""{"model":"helper","logprobs":true,"messages":[{"role":"user","content":"x"}]}""", "logprobs")]
    [InlineData("""{"model":"helper","stream":"yes","messages":[{"role":"user","content":"x"}]}""", "stream")]
    [InlineData("""{"model":"helper","tool_choice":"required","messages":[{"role":"user","content":"x"}]}""", "tool_choice")]
    public async Task Post_WrongRequest_Is400NamingTheParameter(string body, string? param)
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpResponseMessage response = await gateway.Client.PostAsync("v1/chat/completions", GatewayHarness.Json(body));
        JsonObject error = (await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!.AsObject();

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(["message", "type", "param", "code"], error.Select(pair => pair.Key));
        Assert.Equal(("invalid_request_error", param), ((string?)error["type"], (string?)error["param"]));
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("other/helper")]
    [InlineData("a/b/c")]
    [InlineData("../secrets/x")]
    public async Task Post_UnknownModel_Is404ModelNotFound(string model)
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpResponseMessage response = await gateway.Client.PostAsync("v1/chat/completions", GatewayHarness.Json(Body.Replace("helper", model, StringComparison.Ordinal)));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("model_not_found", (string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!["code"]);
    }

    [Fact]
    public async Task Post_BodyTooLarge_Is413WithABody()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(harness => harness.Options.MaxRequestBytes = 1000);
        using HttpResponseMessage response = await gateway.Client.PostAsync("v1/chat/completions", GatewayHarness.Json(Body.Replace("hi", new string('x', 2000), StringComparison.Ordinal)));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("request_too_large", (string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!["code"]);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, StatusReasons.Forbidden, 403)]
    [InlineData(HttpStatusCode.UnprocessableEntity, StatusReasons.Invalid, 400)]
    [InlineData(HttpStatusCode.ServiceUnavailable, StatusReasons.Unreachable, 503)]
    public async Task Post_RunRefusedAtCreation_IsMapped(HttpStatusCode code, string reason, int status)
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(harness => harness.Kubernetes.RefuseCreate = new KubernetesException(code, reason, "policy 'strict' says no"));
        using HttpResponseMessage response = await gateway.Client.PostAsync("v1/chat/completions", GatewayHarness.Json(Body));
        JsonNode error = (await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!;

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal((reason, "policy 'strict' says no"), ((string?)error["code"], (string?)error["message"]));
    }

    private static async Task<HttpResponseMessage> PostWithKeyAsync(GatewayHarness gateway, string body, HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = GatewayHarness.Json(body) };
        request.Headers.Add("Idempotency-Key", "key-1");
        return await gateway.Client.SendAsync(request, completion, cancellationToken);
    }

    private static async Task<string> ContentAsync(HttpResponseMessage response)
    {
        using (response)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return await response.Content.ReadAsStringAsync();
        }
    }
}
