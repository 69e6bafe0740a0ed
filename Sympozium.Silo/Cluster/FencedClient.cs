using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Silo.Cluster;

/// <summary>
/// The API as one term of leadership sees it: with the term ends every request, those under way too. So a process that lost its Lease cannot
/// write beside the one that has it, however long its grains take to end.
/// </summary>
/// <param name="client">The API.</param>
/// <param name="fence">Cancelled when this process no longer leads.</param>
internal sealed class FencedClient(KubernetesClient client, CancellationToken fence) : IKubernetesClient, IReportsApiHealth
{
    public ApiHealth Health => client.Health;

    public bool StreamsInitialObjects => client.StreamsInitialObjects;

    public Task<JsonObject?> GetAsync(ResourceType type, string? ns, string name, CancellationToken cancellationToken) =>
        WithinTermAsync(stop => client.GetAsync(type, ns, name, stop), cancellationToken);

    public Task<ResourceList> ListAsync(ResourceType type, string? ns, ListOptions options, CancellationToken cancellationToken) =>
        WithinTermAsync(stop => client.ListAsync(type, ns, options, stop), cancellationToken);

    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceType type, string? ns, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(fence, cancellationToken);
        await using IAsyncEnumerator<WatchEvent> events = client.WatchAsync(type, ns, options, stop.Token).GetAsyncEnumerator(stop.Token);
        while (await WithinTermAsync(_ => events.MoveNextAsync().AsTask(), cancellationToken))
        {
            yield return events.Current;
        }
    }

    public Task<JsonObject> CreateAsync(ResourceType type, JsonObject resource, CancellationToken cancellationToken) =>
        WithinTermAsync(stop => client.CreateAsync(type, resource, stop), cancellationToken);

    public Task<JsonObject> ReplaceAsync(ResourceType type, JsonObject resource, string? subresource, CancellationToken cancellationToken) =>
        WithinTermAsync(stop => client.ReplaceAsync(type, resource, subresource, stop), cancellationToken);

    public Task<JsonObject> PatchAsync(ResourceType type, string? ns, string name, Patch patch, string? subresource, CancellationToken cancellationToken) =>
        WithinTermAsync(stop => client.PatchAsync(type, ns, name, patch, subresource, stop), cancellationToken);

    public Task<bool> DeleteAsync(ResourceType type, string? ns, string name, DeleteOptions options, CancellationToken cancellationToken) =>
        WithinTermAsync(stop => client.DeleteAsync(type, ns, name, options, stop), cancellationToken);

    public Task<Stream> OpenLogAsync(string ns, string pod, LogOptions options, CancellationToken cancellationToken) =>
        WithinTermAsync(stop => client.OpenLogAsync(ns, pod, options, stop), cancellationToken);

    private async Task<T> WithinTermAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(fence, cancellationToken);
        try
        {
            stop.Token.ThrowIfCancellationRequested();
            return await request(stop.Token);
        }
        catch (OperationCanceledException) when (fence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new KubernetesException(HttpStatusCode.ServiceUnavailable, StatusReasons.Unreachable, "this process no longer leads and leaves the API to the one that does");
        }
    }
}
