using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.Cli.ModelStub;
using Sympozium.Testing;
using Sympozium.Testing.Otlp;
using Sympozium.TestSilo.Cluster;

namespace Sympozium.Silo.Tests.Cluster;

/// <summary>What a collector and Prometheus see of a run that goes through a gateway, two silos, NATS and a pod, each a process of its own.</summary>
[Trait("Category", "Cluster")]
[Collection("Cluster")]
public sealed class ClusterTelemetryTests
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string CallersSpan = "00f067aa0ba902b7";
    private const string Script = "scenarios: [{ turns: [{ toolCalls: [{ name: execute_command, arguments: { command: \"echo $TRACEPARENT\" } }] }, { say: \"{{toolResults}}\" }] }]";

    [Fact]
    public async Task Run_ThroughGatewaySilosAndNats_IsOneTrace_AndIsCounted()
    {
        await using OtlpReceiver collector = await OtlpReceiver.StartAsync();
        await using ModelStubServer model = await ModelStubServer.StartAsync(Script);
        await using ClusterInstallation installation = await ClusterInstallation.StartAsync(withNode: true, environment: new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.GrpcEndpoint,
            ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
            ["OTEL_METRICS_EXPORTER"] = "prometheus",
        });
        await using ControlPlanePart first = installation.StartSilo();
        await using ControlPlanePart second = installation.StartSilo();
        await using ControlPlanePart gateway = installation.StartGateway();
        await Task.WhenAll(first.ReadyAsync(), second.ReadyAsync(), gateway.ReadyAsync());
        await installation.UseTokenAsync();
        await installation.AddInstanceAsync("real", model.OpenAiBaseUrl);

        string answer = await ChatAsync(installation);
        const string cause = "POST /v1/chat/completions";
        IReadOnlyList<ReceivedSpan> spans = await collector.WaitAsync(received => RunSpans.AreWhole(received, cause) && received.Any(IsResultCall));

        (ReceivedSpan http, ReceivedSpan run, ReceivedSpan job, ReceivedSpan agent, ReceivedSpan tool, IReadOnlyList<ReceivedSpan> chats) = RunSpans.Find(spans, cause, "real", "scripted");
        ReceivedSpan[] all = [http, run, job, agent, tool, .. chats];
        Assert.Equal(
            [CallersSpan, http.SpanId, run.SpanId, job.SpanId, agent.SpanId, agent.SpanId, agent.SpanId],
            all.Select(span => span.ParentSpanId));
        Assert.All(all, span => Assert.Equal(TraceId, span.TraceId));
        Assert.Equal(
            ["sympozium-gateway", "sympozium-silo", "sympozium-silo", "sympozium-agent", "sympozium-agent", "sympozium-gateway", "sympozium-gateway"],
            all.Select(span => span.Resource["service.name"]));
        Assert.Contains($"00-{TraceId}-{tool.SpanId}-01", answer, StringComparison.Ordinal);

        // The calls of the run's grain are in it too: from the gateway, and from the silo that took the result from NATS.
        Assert.Contains(spans, span => span.TraceId == TraceId && IsResultCall(span) && (string)span.Resource["service.name"] == "sympozium-silo");
        Assert.Contains(spans, span => span.TraceId == TraceId && span.Scope == "Microsoft.Orleans.Application" && (string)span.Resource["service.name"] == "sympozium-gateway");
        await AssertCountedAsync([first, second], gateway);
    }

    private static bool IsResultCall(ReceivedSpan span) =>
        span.Scope == "Microsoft.Orleans.Application" && span.Name.Contains("AcceptResult", StringComparison.OrdinalIgnoreCase);

    private static async Task<string> ChatAsync(ClusterInstallation installation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = JsonContent.Create(new { model = $"{SimulatedPods.Namespace}/real", messages = new[] { new { role = "user", content = "Which trace is this?" } } }),
        };
        request.Headers.Add("traceparent", $"00-{TraceId}-{CallersSpan}-01");
        using HttpResponseMessage response = await installation.Gateway.SendAsync(request);
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return (string)JsonNode.Parse(body)!["choices"]![0]!["message"]!["content"]!;
    }

    /// <summary>The health port of each part tells what it did.</summary>
    private static async Task AssertCountedAsync(ControlPlanePart[] silos, ControlPlanePart gateway)
    {
        string[] pages = await Task.WhenAll(silos.Select(silo => ReadAsync(silo, "metrics")));
        Assert.Equal(1, PrometheusText.Sum(pages, "sympozium_runs_started_total"));
        Assert.Equal(1, PrometheusText.Sum(pages, "sympozium_runs_ended_total", "sympozium_run_phase=\"Succeeded\""));
        Assert.Equal(1, PrometheusText.Sum(pages, "orleans_catalog_activations", "grain_type=\"run\""));
        Assert.True(PrometheusText.Sum(pages, "sympozium_reconcile_duration_seconds_count", "kind=\"Run\"", "outcome=\"done\"") > 0);
        string ofGateway = await ReadAsync(gateway, "metrics");
        Assert.Equal(2, PrometheusText.Value(ofGateway, "gen_ai_client_operation_duration_seconds_count", "gen_ai_provider_name=\"openai\""));
        Assert.True(PrometheusText.Value(ofGateway, "http_server_request_duration_seconds_count", "http_route=\"/v1/chat/completions\"") > 0);
        foreach (ControlPlanePart part in (ControlPlanePart[])[.. silos, gateway])
        {
            Assert.Equal("ok", await ReadAsync(part, "healthz"));
            Assert.Equal("ok", await ReadAsync(part, "readyz"));
            using HttpResponseMessage other = await part.Health.GetAsync(new Uri("v1/models", UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        }
    }

    private static Task<string> ReadAsync(ControlPlanePart part, string path) => part.Health.GetStringAsync(new Uri(path, UriKind.Relative));
}
