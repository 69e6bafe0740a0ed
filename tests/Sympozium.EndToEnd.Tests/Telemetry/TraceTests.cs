using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.Testing;
using Sympozium.Testing.Otlp;

namespace Sympozium.EndToEnd.Tests.Telemetry;

/// <summary>One trace of a whole run, as a collector receives it from a real control plane with real pods.</summary>
public sealed class TraceTests
{
    private const string Secret = "the-content-that-no-trace-may-hold";

    private const string Script =
        $$$"""
        scenarios:
          - turns:
              - toolCalls: [{ name: execute_command, arguments: { command: "echo $TRACEPARENT # {{{Secret}}}" } }]
              - say: "{{toolResults}}"
        """;

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task Run_OfChatCall_IsOneTraceFromTheCallersSpanToTheToolCall(string protocol)
    {
        await using OtlpReceiver collector = await OtlpReceiver.StartAsync();
        await using Installation installation = await Installation.StartAsync(Script, environment: Exporting(collector, protocol));
        const string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        const string caller = "00f067aa0ba902b7";

        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = JsonContent.Create(new { model = Installation.Instance, messages = new[] { new { role = "user", content = Secret } } }),
        };
        request.Headers.Add("traceparent", $"00-{trace}-{caller}-01");
        using HttpResponseMessage response = await installation.ControlPlane.Gateway.SendAsync(request);
        response.EnsureSuccessStatusCode();
        string answer = (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["choices"]![0]!["message"]!["content"]!;

        const string cause = "POST /v1/chat/completions";
        IReadOnlyList<ReceivedSpan> spans = await collector.WaitAsync(received => RunSpans.AreWhole(received, cause));

        RunSpans found = RunSpans.Find(spans, cause, Installation.Instance, "scripted");
        ReceivedSpan http = found.Cause;
        Assert.Equal(caller, http.ParentSpanId);
        Assert.Equal("200", http.Attributes["http.response.status_code"].ToString());
        AssertChain(found);
        Assert.Equal(trace, http.TraceId);
        // The command was told its own tool call as its parent.
        Assert.Contains($"00-{trace}-{found.Tool.SpanId}-01", answer, StringComparison.Ordinal);
        Assert.Equal("secret-of-the-collector", collector.Headers["x-collector-key"]);
        AssertNothingSecret(collector);
        string run = response.Headers.GetValues("x-sympozium-run").Single().Split('/')[1];
        Assert.Equal(trace, (string?)(await installation.WaitForEndAsync(run))["status"]!["traceID"]);
    }

    [Fact]
    public async Task Run_OfKubectlApply_IsOneTraceFromTheApiServerToTheToolCall()
    {
        await using OtlpReceiver collector = await OtlpReceiver.StartAsync();
        await using Installation installation = await Installation.StartAsync(Script, environment: Exporting(collector, "http/protobuf"));
        var kubectl = new Kubectl(installation.ControlPlane.KubeconfigPath);
        const string manifest =
            $$"""
            apiVersion: sympozium.ai/v1alpha1
            kind: AgentRun
            metadata: { name: traced, namespace: default }
            spec: { instanceRef: {{Installation.Instance}}, task: "{{Secret}}" }
            """;

        _ = (await kubectl.RunAsync(manifest, ["apply", "-f", "-"])).Success;
        JsonObject run = await installation.WaitForEndAsync("traced");
        const string cause = "POST /apis/sympozium.ai/v1alpha1/namespaces/{namespace}/agentruns";
        IReadOnlyList<ReceivedSpan> spans = await collector.WaitAsync(received => RunSpans.AreWhole(received, cause));

        RunSpans found = RunSpans.Find(spans, cause, Installation.Instance, "scripted");
        ReceivedSpan write = found.Cause;
        Assert.Empty(write.ParentSpanId);
        AssertChain(found);
        Assert.Equal(write.TraceId, (string?)run["status"]!["traceID"]);
        Assert.Equal($"00-{write.TraceId}-{write.SpanId}-01", (string?)run["metadata"]!["annotations"]!["otel.dev/traceparent"]);
        AssertNothingSecret(collector);
    }

    [Fact]
    public async Task Run_WithADeadCollector_IsNotHeldUpAndTheLogSaysItOnce()
    {
        using ClosedPort collector = new();
        var environment = new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{collector.Number}", ["OTEL_BSP_SCHEDULE_DELAY"] = "50" };
        await using Installation installation = await Installation.StartAsync("scenarios: [{ turns: [{ say: done }] }]", environment: environment);

        for (int i = 0; i < 5; i++)
        {
            await installation.CreateRunAsync($"untold-{i}", "Go on.");
            Assert.Equal("Succeeded", (string?)(await installation.WaitForEndAsync($"untold-{i}"))["status"]!["phase"]);
        }

        Assert.Equal(0, await installation.ControlPlane.StopAsync());
        Assert.Equal(2, installation.ControlPlane.Log.Split("Traces cannot be sent").Length);
    }

    [Fact]
    public async Task Endpoint_ThatIsNoUrl_StopsTheStartWithAMessage()
    {
        using var directory = new TemporaryDirectory();
        var environment = new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector:4317", ["OTEL_TRACES_SAMPLER"] = "sometimes" };

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ControlPlaneProcess.StartAsync(directory["data"], environment));

        Assert.Contains("OTEL_EXPORTER_OTLP_ENDPOINT is 'collector:4317'; it must be a URL such as http://collector:4317.", refused.Message, StringComparison.Ordinal);
        Assert.Contains("OTEL_TRACES_SAMPLER is 'sometimes'; it must be one of", refused.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Exporting(OtlpReceiver collector, string protocol) => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = protocol == "grpc" ? collector.GrpcEndpoint : collector.HttpEndpoint,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
        ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-collector-key=secret-of-the-collector",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
    };

    /// <summary>cause → run → Job → agent → model and tool calls.</summary>
    private static void AssertChain(RunSpans spans)
    {
        (ReceivedSpan cause, ReceivedSpan run, ReceivedSpan job, ReceivedSpan agent, ReceivedSpan tool, IReadOnlyList<ReceivedSpan> chats) = spans;
        Assert.Equal(cause.SpanId, run.ParentSpanId);
        Assert.Equal(run.SpanId, job.ParentSpanId);
        Assert.Equal(job.SpanId, agent.ParentSpanId);
        Assert.Equal(agent.SpanId, tool.ParentSpanId);
        Assert.Equal(2, chats.Count);
        Assert.All(chats, chat => Assert.Equal(agent.SpanId, chat.ParentSpanId));
        Assert.All([run, job, agent, tool, .. chats], span => Assert.Equal(cause.TraceId, span.TraceId));

        Assert.Equal("Succeeded", run.Attributes["sympozium.run.phase"]);
        Assert.Equal("default", job.Attributes["k8s.namespace.name"]);
        Assert.Equal("invoke_agent", agent.Attributes["gen_ai.operation.name"]);
        Assert.Equal("sympozium-agent", agent.Resource["service.name"]);
        Assert.Equal("sympozium", run.Resource["service.name"]);
        Assert.Equal("execute_command", tool.Attributes["gen_ai.tool.name"]);
        Assert.All(chats, chat =>
        {
            Assert.Equal("chat", chat.Attributes["gen_ai.operation.name"]);
            Assert.Equal("openai", chat.Attributes["gen_ai.provider.name"]);
            Assert.True((long)chat.Attributes["gen_ai.usage.input_tokens"] > 0);
            Assert.True((long)chat.Attributes["gen_ai.usage.output_tokens"] > 0);
        });
        Assert.True(agent.Start <= tool.Start && tool.End <= agent.End && run.End >= agent.End, $"{agent.Start} {tool.Start} {tool.End} {agent.End} {run.End}");
    }

    private static void AssertNothingSecret(OtlpReceiver collector)
    {
        string all = collector.AllText;
        Assert.DoesNotContain(Secret, all, StringComparison.Ordinal);
        Assert.DoesNotContain(Installation.ProviderKey, all, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-of-the-collector", all, StringComparison.Ordinal);
        Assert.DoesNotContain("You are a test.", all, StringComparison.Ordinal);
    }
}
