using System.Net;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests.Telemetry;

/// <summary>What Prometheus reads from a real control plane.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Metrics_AfterARun_CountItAndNameNoRun()
    {
        await using Installation installation = await Installation.StartAsync(
            "scenarios: [{ turns: [{ say: done }] }]", environment: new Dictionary<string, string> { ["OTEL_METRICS_EXPORTER"] = "prometheus" });
        await installation.CreateRunAsync("counted-by-metrics", "Go on.");
        await installation.WaitForEndAsync("counted-by-metrics");

        // The end is counted after it is written, which is what was waited for.
        string page = await PageAsync(installation);
        using var limit = new CancellationTokenSource(TestTimeouts.InProcess);
        while (PrometheusText.Sum([page], "sympozium_run_duration_seconds_count") < 1 && !limit.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            page = await PageAsync(installation);
        }

        Assert.Equal(1, PrometheusText.Value(page, "sympozium_runs_started_total"));
        Assert.Equal(1, PrometheusText.Value(page, "sympozium_runs_ended_total", "sympozium_run_phase=\"Succeeded\""));
        Assert.Equal(1, PrometheusText.Value(page, "sympozium_run_duration_seconds_count", "sympozium_run_phase=\"Succeeded\""));
        Assert.Equal(1, PrometheusText.Value(page, "gen_ai_client_operation_duration_seconds_count", "gen_ai_provider_name=\"openai\"", "gen_ai_request_model=\"scripted\""));
        Assert.True(PrometheusText.Value(page, "gen_ai_client_token_usage_sum", "gen_ai_token_type=\"input\"") > 0);
        Assert.True(PrometheusText.Value(page, "sympozium_admission_duration_seconds_count", "sympozium_resource_kind=\"AgentRun\"", "verdict=\"allowed\"") > 0);
        Assert.True(PrometheusText.Value(page, "sympozium_reconcile_duration_seconds_count", "kind=\"Run\"", "outcome=\"done\"") > 0);
        Assert.True(PrometheusText.Value(page, "sympozium_bus_published_total") > 0);
        // Orleans counts its activations under a name of its own.
        string activations = page.Contains("orleans_catalog_activations", StringComparison.Ordinal) ? "orleans_catalog_activations" : "sympozium_grain_activations";
        Assert.True(PrometheusText.Value(page, activations, "grain_type=\"run\"") > 0);
        Assert.True(PrometheusText.Value(page, "http_server_request_duration_seconds_count", "http_route=\"/broker/v1/chat/completions\"") > 0);
        Assert.DoesNotContain("counted-by-metrics", page, StringComparison.Ordinal);
        Assert.DoesNotContain(Installation.ProviderKey, page, StringComparison.Ordinal);
    }

    private static async Task<string> PageAsync(Installation installation)
    {
        using HttpResponseMessage response = await installation.ControlPlane.Gateway.GetAsync(new Uri("metrics", UriKind.Relative));
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        return await response.Content.ReadAsStringAsync();
    }

    [Fact]
    public async Task Metrics_WithoutTheToken_Are401_AndProbesAreOpen()
    {
        using var directory = new TemporaryDirectory();
        await using ControlPlaneProcess controlPlane = await ControlPlaneProcess.StartAsync(directory["data"]);
        using var stranger = new HttpClient { BaseAddress = controlPlane.Gateway.BaseAddress };

        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync(new Uri("metrics", UriKind.Relative))).StatusCode);
        Assert.Equal("ok", await stranger.GetStringAsync(new Uri("healthz", UriKind.Relative)));
        using HttpResponseMessage ready = await stranger.GetAsync(new Uri("readyz", UriKind.Relative));
        Assert.True(ready.IsSuccessStatusCode || (await ready.Content.ReadAsStringAsync()).StartsWith("watches: ", StringComparison.Ordinal));
    }
}
