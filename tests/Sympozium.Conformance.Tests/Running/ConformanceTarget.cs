using System.Collections.Concurrent;
using System.Net;
using Sympozium.Conformance.Tests.Cluster;

namespace Sympozium.Conformance.Tests.Running;

/// <summary>A server under test with what the cases need beside it.</summary>
internal sealed class ConformanceTarget : IAsyncDisposable
{
    private readonly ConcurrentBag<string> _namespaces = [];

    private ConformanceTarget(ClusterAccess cluster, WebhookReceiver webhooks, IReadOnlyCollection<string> nodes, CaseLimits limits)
    {
        Cluster = cluster;
        Webhooks = webhooks;
        Nodes = nodes;
        Limits = limits;
    }

    public ClusterAccess Cluster { get; }

    public WebhookReceiver Webhooks { get; }

    /// <summary>Names of the cluster's nodes.</summary>
    public IReadOnlyCollection<string> Nodes { get; }

    public CaseLimits Limits { get; }

    /// <summary>Namespaces that cases have made.</summary>
    public IReadOnlyCollection<string> Namespaces => _namespaces;

    /// <summary>Remembers a namespace.</summary>
    public void Made(string ns) => _namespaces.Add(ns);

    /// <param name="kubeconfig">Of a cluster administrator.</param>
    /// <param name="limits">How patient to be.</param>
    /// <param name="webhooks">Address at which a server reaches webhooks of this machine.</param>
    /// <param name="nodes">Names of nodes that the server does not list.</param>
    public static async Task<ConformanceTarget> OpenAsync(string kubeconfig, CaseLimits limits, Func<Uri, IPAddress> webhooks, params string[] nodes)
    {
        ClusterAccess cluster = await ClusterAccess.OpenAsync(kubeconfig);
        ApiAnswer listed = await cluster.AskAsync(new ApiRequest("GET", "/api/v1/nodes"), CancellationToken.None);
        IEnumerable<string> names = listed.Document?["items"]?.AsArray().Select(n => (string)n!["metadata"]!["name"]!) ?? [];
        return new ConformanceTarget(cluster, await WebhookReceiver.StartAsync(webhooks(cluster.Server)), [.. names.Union(nodes)], limits);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Webhooks.DisposeAsync();
        Cluster.Dispose();
    }
}
