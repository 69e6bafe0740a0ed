using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Silo.Tests.Admission;

/// <summary>A cluster whose lists never come.</summary>
internal sealed class StalledLists(IKubernetesClient inner) : IKubernetesClient
{
    public Task<JsonObject?> GetAsync(ResourceType type, string? ns, string name, CancellationToken cancellationToken) => inner.GetAsync(type, ns, name, cancellationToken);

    public async Task<ResourceList> ListAsync(ResourceType type, string? ns, ListOptions options, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        throw new InvalidOperationException("It was cancelled.");
    }

    public IAsyncEnumerable<WatchEvent> WatchAsync(ResourceType type, string? ns, WatchOptions options, CancellationToken cancellationToken) =>
        inner.WatchAsync(type, ns, options, cancellationToken);

    public Task<JsonObject> CreateAsync(ResourceType type, JsonObject resource, CancellationToken cancellationToken) => inner.CreateAsync(type, resource, cancellationToken);

    public Task<JsonObject> ReplaceAsync(ResourceType type, JsonObject resource, string? subresource, CancellationToken cancellationToken) =>
        inner.ReplaceAsync(type, resource, subresource, cancellationToken);

    public Task<JsonObject> PatchAsync(ResourceType type, string? ns, string name, Patch patch, string? subresource, CancellationToken cancellationToken) =>
        inner.PatchAsync(type, ns, name, patch, subresource, cancellationToken);

    public Task<bool> DeleteAsync(ResourceType type, string? ns, string name, DeleteOptions options, CancellationToken cancellationToken) => inner.DeleteAsync(type, ns, name, options, cancellationToken);

    public Task<Stream> OpenLogAsync(string ns, string pod, LogOptions options, CancellationToken cancellationToken) => inner.OpenLogAsync(ns, pod, options, cancellationToken);
}
