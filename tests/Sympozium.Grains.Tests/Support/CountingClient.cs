using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Tests.Support;

/// <summary>Passes everything on and counts the writes that were tried.</summary>
public sealed class CountingClient(IKubernetesClient inner) : IKubernetesClient
{
    private int _writes;
    private int _refused;

    public int Writes => Volatile.Read(ref _writes);

    /// <summary>Lets the next patches fail as on a full disk.</summary>
    public void RefusePatches(int count) => Volatile.Write(ref _refused, count);

    /// <summary>Thrown by creations of Jobs while it is set.</summary>
    public KubernetesException? JobRefusal { get; set; }

    public Task<JsonObject?> GetAsync(ResourceType type, string? ns, string name, CancellationToken cancellationToken) => inner.GetAsync(type, ns, name, cancellationToken);

    public Task<ResourceList> ListAsync(ResourceType type, string? ns, ListOptions options, CancellationToken cancellationToken) => inner.ListAsync(type, ns, options, cancellationToken);

    public IAsyncEnumerable<WatchEvent> WatchAsync(ResourceType type, string? ns, WatchOptions options, CancellationToken cancellationToken) =>
        inner.WatchAsync(type, ns, options, cancellationToken);

    public Task<JsonObject> CreateAsync(ResourceType type, JsonObject resource, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writes);
        return JobRefusal is { } refusal && type == CoreTypes.Jobs ? throw refusal : inner.CreateAsync(type, resource, cancellationToken);
    }

    public Task<JsonObject> ReplaceAsync(ResourceType type, JsonObject resource, string? subresource, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writes);
        return inner.ReplaceAsync(type, resource, subresource, cancellationToken);
    }

    /// <summary>Somebody else's work just before the next patch.</summary>
    public Func<Task>? BeforeNextPatch { get; set; }

    public async Task<JsonObject> PatchAsync(ResourceType type, string? ns, string name, Patch patch, string? subresource, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writes);
        if (BeforeNextPatch is { } work)
        {
            BeforeNextPatch = null;
            await work();
        }

        if (Interlocked.Decrement(ref _refused) >= 0)
        {
            throw new KubernetesException(HttpStatusCode.InternalServerError, StatusReasons.InternalError, "no space left");
        }

        return await inner.PatchAsync(type, ns, name, patch, subresource, cancellationToken);
    }

    public Task<bool> DeleteAsync(ResourceType type, string? ns, string name, DeleteOptions options, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writes);
        return inner.DeleteAsync(type, ns, name, options, cancellationToken);
    }

    /// <summary>What every read of a log fails with.</summary>
    public KubernetesException? LogRefusal { get; set; }

    public Task<Stream> OpenLogAsync(string ns, string pod, LogOptions options, CancellationToken cancellationToken) =>
        LogRefusal is { } refusal ? throw refusal : inner.OpenLogAsync(ns, pod, options, cancellationToken);
}
