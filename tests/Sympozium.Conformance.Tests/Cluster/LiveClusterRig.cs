using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Conformance.Tests.Cases;
using Sympozium.Conformance.Tests.Running;
using Sympozium.Testing.Live;

namespace Sympozium.Conformance.Tests.Cluster;

/// <summary>A cluster that is there already, and what it lacks: a recorded case needs all that was there when it was recorded.</summary>
public sealed class LiveClusterRig : IAsyncLifetime
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private string? _all;
    private string? _noKubectl;
    private string? _noWorkloads;
    private string? _noNode;
    private string? _noWebhooks;

    internal ConformanceTarget Target { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (LiveEnvironment.Kubeconfig is not { } kubeconfig)
        {
            return;
        }

        Target = await ConformanceTarget.OpenAsync(kubeconfig, CaseLimits.Remote, WebhookAddress);
        _noKubectl = await RecordedVersions.WhyOtherKubectlAsync();
        _all = RecordedVersions.WhyOtherServer((await Target.Cluster.AskAsync(new ApiRequest("GET", "/version"), CancellationToken.None)).Document);
        await CaseNamespace.RemoveLeftoversAsync(Target);
        await using ClusterProbe probe = await ClusterProbe.StartAsync(Target);
        string? noControllers = await probe.WhyNoControllersAsync();
        _all ??= noControllers;
        _noWorkloads = noControllers ?? await probe.WhyNoWorkloadsAsync();
        _noNode = _noWorkloads ?? (await HasReadyNodeAsync() ? await probe.WhyNoImageAsync() : "The cluster has no node that is ready, and the case needs pods that run.");
        _noWebhooks = await probe.WhyNoWebhooksAsync();
    }

    /// <summary>Waits until the cases' namespaces are gone: nothing of them stays.</summary>
    public async Task DisposeAsync()
    {
        if (Target is null)
        {
            return;
        }

        try
        {
            using CancellationTokenSource deadline = new(LiveEnvironment.Patience);
            foreach (string ns in Target.Namespaces)
            {
                while ((await Target.Cluster.AskAsync(new ApiRequest("GET", $"/api/v1/namespaces/{ns}"), CancellationToken.None)) is { Status: not (int)HttpStatusCode.NotFound } left)
                {
                    Assert.False(deadline.IsCancellationRequested, $"Namespace '{ns}' did not end within {LiveEnvironment.Patience.TotalSeconds:0} s: {left.Text}");
                    await Task.Delay(Period, TimeProvider.System, CancellationToken.None);
                }
            }
        }
        finally
        {
            await Target.DisposeAsync();
        }
    }

    /// <summary>Why a case cannot be tried here; null when it can.</summary>
    internal string? Missing(ConformanceCase conformanceCase) =>
        _all
        ?? (conformanceCase.UsesKubectl ? _noKubectl : null)
        ?? (conformanceCase.NeedsWorkloadControllers ? _noWorkloads : null)
        ?? (conformanceCase.Needs("node") ? _noNode : null)
        ?? (conformanceCase.Needs("webhook") ? _noWebhooks : null);

    private static IPAddress WebhookAddress(Uri server) =>
        IPAddress.TryParse(LiveEnvironment.MachineAddress(server, pods: false), out IPAddress? address) ? address : IPAddress.Loopback;

    private async Task<bool> HasReadyNodeAsync()
    {
        ApiAnswer nodes = await Target.Cluster.AskAsync(new ApiRequest("GET", "/api/v1/nodes"), CancellationToken.None);
        return (nodes.Document?["items"] as JsonArray ?? []).Any(node =>
            (node!["status"]?["conditions"] as JsonArray ?? []).Any(c => (string?)c!["type"] == "Ready" && (string?)c["status"] == "True"));
    }
}
