using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;
using Sympozium.Cli.ModelStub;
using Sympozium.Gateway.Broker.Anthropic;
using Sympozium.Gateway.OpenAi;
using Sympozium.Gateway.Tests.Harness;

namespace Sympozium.Gateway.Tests.Broker;

public sealed class AnthropicTests
{
    [Fact]
    public void Request_Everything_IsTranslated()
    {
        const string OpenAi = """
            {"model":"x","max_completion_tokens":77,"temperature":1.7,"top_p":0.9,"stop":"END","user":"u1","stream":true,"parallel_tool_calls":false,
             "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}},{"type":"function","function":{"name":"g"}}],
             "messages":[
              {"role":"system","content":"one"},{"role":"developer","content":[{"type":"text","text":"two"}]},
              {"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}},{"type":"image_url","image_url":{"url":"https://x/y.png"}},{"type":"file","file":{"file_data":"data:application/pdf;base64,QQ=="}}]},
              {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":\"b\"}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":"not json"}}]},
              {"role":"tool","tool_call_id":"c1","content":"r1"},{"role":"tool","tool_call_id":"c2","content":"r2"},
              {"role":"user","content":"go on"}]}
            """;
        const string Expected = """
            {"model":"claude-test","max_tokens":77,"system":[{"type":"text","text":"one"},{"type":"text","text":"two"}],
             "messages":[
              {"role":"user","content":[{"type":"text","text":"look"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}},{"type":"image","source":{"type":"url","url":"https://x/y.png"}},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"QQ=="}}]},
              {"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{"a":"b"}},{"type":"tool_use","id":"c2","name":"g","input":{"invalid_json":"not json"}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"r1"}]},{"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"r2"}]},{"type":"text","text":"go on"}]}],
             "tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{"a":{"type":"string"}}}},{"name":"g","input_schema":{"type":"object"}}],
             "tool_choice":{"type":"auto","disable_parallel_tool_use":true},"stream":true,"top_p":0.9,"temperature":1,"stop_sequences":["END"],"metadata":{"user_id":"u1"}}
            """;

        JsonObject translated = AnthropicRequest.From(JsonNode.Parse(OpenAi)!.AsObject(), "claude-test", 8192);

        Assert.Equal(JsonNode.Parse(Expected)!.ToJsonString(), translated.ToJsonString());
    }

    [Theory]
    [InlineData("\"auto\"", """{"type":"auto"}""")]
    [InlineData("\"required\"", """{"type":"any"}""")]
    [InlineData("\"none\"", """{"type":"none"}""")]
    [InlineData("""{"type":"function","function":{"name":"f"}}""", """{"type":"tool","name":"f"}""")]
    public void Request_ToolChoice_IsTranslated(string choice, string expected)
    {
        JsonObject request = JsonNode.Parse($$"""{"messages":[{"role":"user","content":"x"}],"tool_choice":{{choice}},"tools":[{"type":"function","function":{"name":"f"} }]}""")!.AsObject();

        JsonObject translated = AnthropicRequest.From(request, "m", 8192);

        Assert.Equal(expected, translated["tool_choice"]!.ToJsonString());
        Assert.Equal(8192, (int)translated["max_tokens"]!);
    }

    [Fact]
    public void Request_PartWithoutTranslation_IsRefused()
    {
        JsonObject request = JsonNode.Parse("""{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]}""")!.AsObject();
        Assert.Equal(400, Assert.Throws<ApiException>(() => AnthropicRequest.From(request, "m", 1)).Status);
    }

    [Fact]
    public async Task Chat_Stream_BecomesChunksWithUsage()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(harness => harness.Kubernetes.PutSecret("claude", ("ANTHROPIC_API_KEY", "sk-ant-0123456789")));
        await using var model = await ModelStubServer.StartAsync("""
            apiKey: sk-ant-0123456789
            scenarios: [{ turns: [{ think: hm, say: [a, b], toolCalls: [{ name: t, arguments: { x: a long enough argument } }], usage: { input: 9, output: 3, cached: 4 } }] }]
            """);
        using HttpClient pod = await gateway.NewPodAsync("r", model.BaseAddress.ToString(), "anthropic", "claude", "claude-test");

        using HttpResponseMessage response = await pod.PostAsync("broker/v1/chat/completions", GatewayHarness.Json("""{"model":"x","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}"""));
        string text = await response.Content.ReadAsStringAsync();

        string[] events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", events[^1]);
        JsonNode[] chunks = [.. events[..^1].Select(line => JsonNode.Parse(line["data: ".Length..])!)];
        JsonNode[] deltas = [.. chunks[..^1].Select(chunk => chunk["choices"]![0]!["delta"]!)];
        Assert.Equal("assistant", (string?)deltas[0]["role"]);
        Assert.Equal("hm", string.Concat(deltas.Select(delta => (string?)delta["reasoning_content"])));
        Assert.Equal("ab", string.Concat(deltas.Select(delta => (string?)delta["content"])));
        Assert.Equal("""{"x":"a long enough argument"}""", string.Concat(deltas.Select(delta => (string?)delta["tool_calls"]?[0]?["function"]?["arguments"])));
        Assert.Equal("t", Assert.Single(deltas.Select(delta => (string?)delta["tool_calls"]?[0]?["function"]?["name"]), name => name is not null));
        Assert.Equal("tool_calls", (string?)chunks[^2]["choices"]![0]!["finish_reason"]);
        Assert.Equal((9, 3, 4), ((int)chunks[^1]["usage"]!["prompt_tokens"]!, (int)chunks[^1]["usage"]!["completion_tokens"]!, (int)chunks[^1]["usage"]!["prompt_tokens_details"]!["cached_tokens"]!));
        ModelCallUsage usage = Assert.Single(gateway.Grains.Run("default/r").Usages);
        Assert.Equal((9, 3, 4, 1, false), (usage.InputTokens, usage.OutputTokens, usage.CachedInputTokens, usage.ToolCalls, usage.Estimated));
        Assert.Equal("/v1/messages", model.Requests[0].Path);
        Assert.Equal("2023-06-01", model.Requests[0].Headers["anthropic-version"]);
    }

    [Fact]
    public async Task Chat_Whole_BecomesACompletion()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await using var model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ say: hello, toolCalls: [{ name: t, arguments: { x: 1 } }], usage: { input: 9, output: 3 } }] }]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl, "anthropic");

        using HttpResponseMessage response = await pod.PostAsync("broker/v1/chat/completions", GatewayHarness.Json("""{"model":"x","messages":[{"role":"user","content":"hi"}]}"""));
        JsonNode choice = (await response.Content.ReadFromJsonAsync<JsonNode>())!["choices"]![0]!;

        Assert.Equal(("hello", "tool_calls"), ((string?)choice["message"]!["content"], (string?)choice["finish_reason"]));
        Assert.Equal("""{"x":1}""", (string?)choice["message"]!["tool_calls"]![0]!["function"]!["arguments"]);
        Assert.Equal(9, Assert.Single(gateway.Grains.Run("default/r").Usages).InputTokens);
    }

    [Theory]
    [InlineData(529, "overloaded_error", 503, RunFailureReasons.ModelUnavailable)]
    [InlineData(401, "authentication_error", 401, RunFailureReasons.ModelRejected)]
    public async Task Chat_Refused_IsMapped(int status, string code, int mapped, string reason)
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await using var model = await ModelStubServer.StartAsync($"scenarios: [{{ turns: [{{ error: {{ status: {status}, code: {code}, message: no }} }}] }}]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl, "anthropic");

        using HttpResponseMessage response = await pod.PostAsync("broker/v1/chat/completions", GatewayHarness.Json("""{"model":"x","stream":true,"messages":[{"role":"user","content":"hi"}]}"""));

        Assert.Equal((HttpStatusCode)mapped, response.StatusCode);
        Assert.Equal(reason, (string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!["code"]);
    }

    [Theory]
    [InlineData("say: [a, b], breakAfter: 1, delayMs: 20")]
    [InlineData("say: [a], rubbish: 'data: {]'")]
    public async Task Chat_StreamGoesWrong_EndsWithAModelError(string turn)
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await using var model = await ModelStubServer.StartAsync($"scenarios: [{{ turns: [{{ {turn} }}] }}]");
        using HttpClient pod = await gateway.NewPodAsync("r", model.OpenAiBaseUrl, "anthropic");

        using HttpResponseMessage response = await pod.PostAsync("broker/v1/chat/completions", GatewayHarness.Json("""{"model":"x","stream":true,"messages":[{"role":"user","content":"hi"}]}"""));
        string text = await response.Content.ReadAsStringAsync();

        Assert.Contains("\"code\":\"ModelError\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }
}
