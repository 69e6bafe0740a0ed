using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Conformance.Tests.Cases;
using Sympozium.Conformance.Tests.Running;
using Sympozium.Testing.Live;

namespace Sympozium.Conformance.Tests.Cluster;

/// <summary>A cluster that is there already, and what it lacks: a recorded case needs all that was there when it was recorded.</summary>
public sealed class LiveClusterRig : IAsyncLifetime
{
    private string? _noControllers;
    private string? _noNode;
    private string? _noWebhooks;

    internal ConformanceTarget Target { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (LiveEnvironment.Kubeconfig is not { } kubeconfig)
        {
            return;
        }

        IPAddress webhooks = LiveEnvironment.GatewayHost is { } host && IPAddress.TryParse(host, out IPAddress? address) ? address : IPAddress.Loopback;
        Target = await ConformanceTarget.OpenAsync(kubeconfig, CaseLimits.Remote, webhooks);
        _noNode = await HasReadyNodeAsync() ? null : "The cluster has no node that is ready, and the case needs pods that run.";
        await using ClusterProbe probe = await ClusterProbe.StartAsync(Target);
        _noControllers = await probe.WhyNoControllersAsync();
        _noWebhooks = await probe.WhyNoWebhooksAsync();
    }

    public async Task DisposeAsync()
    {
        if (Target is not null)
        {
            await Target.DisposeAsync();
        }
    }

    /// <summary>Why a case cannot be tried here; null when it can.</summary>
    internal string? Missing(ConformanceCase conformanceCase) =>
        _noControllers
        ?? (conformanceCase.Needs("node") ? _noNode : null)
        ?? (conformanceCase.Needs("webhook") ? _noWebhooks : null);

    private async Task<bool> HasReadyNodeAsync()
    {
        ApiAnswer nodes = await Target.Cluster.AskAsync(new ApiRequest("GET", "/api/v1/nodes"), CancellationToken.None);
        return (nodes.Document?["items"] as JsonArray ?? []).Any(node =>
            (node!["status"]?["conditions"] as JsonArray ?? []).Any(c => (string?)c!["type"] == "Ready" && (string?)c["status"] == "True"));
    }
}
