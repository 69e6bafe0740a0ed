using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.Cli.ModelStub;
using Sympozium.Testing;

namespace Sympozium.Cli.Tests.ModelStub;

public sealed class ModelStubServerTests : IDisposable
{
    private static readonly TimeSpan Patience = TestTimeouts.InProcess;
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Chat_Stream_SendsRoleToolCallInPiecesFinishUsageAndDone()
    {
        await using var model = await ModelStubServer.StartAsync("""
            scenarios:
              - turns:
                  - think: hm
                    toolCalls: [{ name: list_directory, arguments: { path: /workspace/some/where } }]
                    usage: { input: 5, output: 7, cached: 2, reasoning: 1 }
            """);

        List<JsonObject> chunks = await StreamAsync(model, """{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal("assistant", (string?)chunks[0]["choices"]![0]!["delta"]!["role"]);
        Assert.Equal("hm", (string?)chunks[1]["choices"]![0]!["delta"]!["reasoning_content"]);
        JsonNode first = chunks[2]["choices"]![0]!["delta"]!["tool_calls"]![0]!;
        Assert.Equal(("call_1_0", "list_directory"), ((string?)first["id"], (string?)first["function"]!["name"]));
        Assert.Equal("""{"path":"/workspace/some/where"}""", string.Concat(chunks.SelectMany(chunk => chunk["choices"]!.AsArray())
            .Select(choice => (string?)choice!["delta"]?["tool_calls"]?[0]?["function"]?["arguments"])));
        Assert.Equal("tool_calls", (string?)chunks[^2]["choices"]![0]!["finish_reason"]);
        Assert.Equal(12, (int)chunks[^1]["usage"]!["total_tokens"]!);
        Assert.True(model.Requests[0].FirstPieceAt >= model.Requests[0].ReceivedAt);
    }

    [Fact]
    public async Task Chat_WithToolResults_PlaysTheNextTurnAndFillsPlaceholders()
    {
        await using var model = await ModelStubServer.StartAsync("""
            scenarios:
              - turns:
                  - toolCalls: [{ name: a }]
                  - say: "{{lastUser}}|{{toolResult.a}}|{{toolResults}}|{{messageCount}}"
            """);

        JsonNode answer = await PostAsync(model, """
            {"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"go"}]},
             {"role":"assistant","tool_calls":[{"id":"x","type":"function","function":{"name":"a","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"x","content":"done"}]}
            """);

        Assert.Equal("go|done|done|3", (string?)answer["choices"]![0]!["message"]!["content"]);
    }

    [Fact]
    public async Task Chat_ErrorWithTimes_FailsThatOftenThenPlays()
    {
        await using var model = await ModelStubServer.StartAsync("""
            scenarios:
              - turns: [{ say: ok, error: { status: 429, code: rate_limit_exceeded, message: slow down, retryAfter: 2, times: 1 } }]
            """);

        using HttpResponseMessage refused = await _http.PostAsync($"{model.OpenAiBaseUrl}/chat/completions", Json("""{"model":"m","messages":[]}"""));
        JsonNode answer = await PostAsync(model, """{"model":"m","messages":[]}""");

        Assert.Equal((HttpStatusCode.TooManyRequests, "2"), (refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
        Assert.Equal("rate_limit_exceeded", (string?)(await refused.Content.ReadFromJsonAsync<JsonNode>())!["error"]!["code"]);
        Assert.Equal("ok", (string?)answer["choices"]![0]!["message"]!["content"]);
    }

    [Fact]
    public async Task Chat_BreakAfter_CutsTheConnection()
    {
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ say: [a, b, c], breakAfter: 2 }] }]");

        Exception thrown = await Assert.ThrowsAnyAsync<Exception>(() => StreamAsync(model, """{"model":"m","stream":true,"messages":[]}"""));

        Assert.True(thrown is HttpRequestException or IOException, thrown.ToString());
        Assert.Equal(ReplyOutcome.Cut, await model.Requests[0].Outcome.WaitAsync(Patience));
    }

    [Fact]
    public async Task Chat_HangAndClientLeaves_OutcomeSaysSo()
    {
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ hang: true }] }]");
        using var leave = new CancellationTokenSource();

        Task<HttpResponseMessage> call = _http.PostAsync($"{model.OpenAiBaseUrl}/chat/completions", Json("""{"model":"m","messages":[]}"""), leave.Token);
        RecordedRequest request = await model.WaitForRequestAsync(Patience);
        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(ReplyOutcome.ClientLeft, await request.Outcome.WaitAsync(Patience));
    }

    [Fact]
    public async Task Chat_Rubbish_IsSentAsItIs()
    {
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ rubbish: '<html>' }] }]");
        Assert.Equal("<html>", await PostTextAsync(model, "chat/completions", """{"model":"m","messages":[]}"""));
        Assert.Equal("<html>\n\n", await PostTextAsync(model, "chat/completions", """{"model":"m","stream":true,"messages":[]}"""));
    }

    [Fact]
    public async Task Messages_Stream_HasAnthropicsEventsInOrder()
    {
        await using var model = await ModelStubServer.StartAsync("""
            scenarios: [{ turns: [{ think: hm, say: [a, b], toolCalls: [{ name: t, arguments: { x: 1 } }], usage: { input: 9, output: 3, cached: 4 } }] }]
            """);

        string text = await PostTextAsync(model, "messages", """{"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal(
            [
                "message_start", "content_block_start", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop",
            ],
            text.Split('\n').Where(line => line.StartsWith("event: ", StringComparison.Ordinal)).Select(line => line["event: ".Length..]));
        Assert.Contains("\"input_tokens\":5,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":4", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_Whole_CountsToolUseAsTurn()
    {
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ toolCalls: [{ name: t }] }, { say: 'got {{toolResults}}' }] }]");

        JsonNode answer = JsonNode.Parse(await PostTextAsync(model, "messages", """
            {"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"},
             {"role":"assistant","content":[{"type":"tool_use","id":"i","name":"t","input":{}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"i","content":"r"}]}]}
            """))!;

        Assert.Equal("got r", (string?)answer["content"]![0]!["text"]);
        Assert.Equal("end_turn", (string?)answer["stop_reason"]);
    }

    [Fact]
    public async Task Record_Key_IsHashed()
    {
        string file = Path.Combine(Path.GetTempPath(), $"model-stub-{Guid.NewGuid():N}.jsonl");
        try
        {
            await using (var model = await ModelStubServer.StartAsync(ModelScriptReader.Read("apiKey: sk-secret\nscenarios: [{ turns: [{ say: x }] }]", "t"), new ModelStubOptions { RecordFile = file }, CancellationToken.None))
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"{model.OpenAiBaseUrl}/models");
                request.Headers.Authorization = new("Bearer", "sk-secret");
                using HttpResponseMessage listed = await _http.SendAsync(request);
                using HttpResponseMessage refused = await _http.GetAsync(new Uri($"{model.OpenAiBaseUrl}/models"));
                Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (listed.StatusCode, refused.StatusCode));
            }

            string[] lines = await File.ReadAllLinesAsync(file);
            Assert.Equal(2, lines.Length);
            Assert.DoesNotContain("sk-secret", lines[0], StringComparison.Ordinal);
            Assert.StartsWith("sha256:", (string?)JsonNode.Parse(lines[0])!["headers"]!["Authorization"], StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");

    private async Task<string> PostTextAsync(ModelStubServer model, string path, string body)
    {
        using HttpResponseMessage response = await _http.PostAsync($"{model.OpenAiBaseUrl}/{path}", Json(body));
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync();
    }

    private async Task<JsonNode> PostAsync(ModelStubServer model, string body) => JsonNode.Parse(await PostTextAsync(model, "chat/completions", body))!;

    private async Task<List<JsonObject>> StreamAsync(ModelStubServer model, string body)
    {
        string[] lines = [.. (await PostTextAsync(model, "chat/completions", body)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)];
        Assert.Equal("data: [DONE]", lines[^1]);
        return [.. lines[..^1].Select(line => JsonNode.Parse(line["data: ".Length..])!.AsObject())];
    }
}
