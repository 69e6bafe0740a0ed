using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Tests.Leading;

/// <summary>Leases with the API's optimistic concurrency, and a switch for outages.</summary>
internal sealed class LeaseServer : IKubernetesClient
{
    private readonly Lock _lock = new();
    private JsonObject? _lease;
    private long _version;

    /// <summary>Thrown by every request while it is set.</summary>
    public Exception? Outage { get; set; }

    /// <summary>Writes that were accepted.</summary>
    public int Writes { get; private set; }

    public JsonObject? Spec
    {
        get
        {
            lock (_lock)
            {
                return _lease?["spec"]?.DeepClone().AsObject();
            }
        }
    }

    public Task<JsonObject?> GetAsync(ResourceType type, string? ns, string name, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Outage is null ? Task.FromResult(_lease?.DeepClone().AsObject()) : Task.FromException<JsonObject?>(Outage);
        }
    }

    public Task<JsonObject> CreateAsync(ResourceType type, JsonObject resource, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _lease is null
                ? Store(resource)
                : Task.FromException<JsonObject>(new KubernetesException(HttpStatusCode.Conflict, StatusReasons.AlreadyExists, "exists"));
        }
    }

    public Task<JsonObject> ReplaceAsync(ResourceType type, JsonObject resource, string? subresource, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return (string?)resource["metadata"]!["resourceVersion"] == (string?)_lease?["metadata"]!["resourceVersion"]
                ? Store(resource)
                : Task.FromException<JsonObject>(new KubernetesException(HttpStatusCode.Conflict, StatusReasons.Conflict, "changed"));
        }
    }

    /// <summary>Somebody else writes the Lease.</summary>
    public void Overwrite(string holder)
    {
        lock (_lock)
        {
            JsonObject other = _lease!.DeepClone().AsObject();
            other["spec"]!["holderIdentity"] = holder;
            Store(other);
        }
    }

    public Task<ResourceList> ListAsync(ResourceType type, string? ns, ListOptions options, CancellationToken cancellationToken) => throw Unexpected();

    public IAsyncEnumerable<WatchEvent> WatchAsync(ResourceType type, string? ns, WatchOptions options, CancellationToken cancellationToken) => throw Unexpected();

    public Task<JsonObject> PatchAsync(ResourceType type, string? ns, string name, Patch patch, string? subresource, CancellationToken cancellationToken) => throw Unexpected();

    public Task<bool> DeleteAsync(ResourceType type, string? ns, string name, DeleteOptions options, CancellationToken cancellationToken) => throw Unexpected();

    public Task<Stream> OpenLogAsync(string ns, string pod, LogOptions options, CancellationToken cancellationToken) => throw Unexpected();

    private Task<JsonObject> Store(JsonObject lease)
    {
        if (Outage is not null)
        {
            return Task.FromException<JsonObject>(Outage);
        }

        _lease = lease.DeepClone().AsObject();
        _lease["metadata"]!["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
        Writes++;
        return Task.FromResult(_lease.DeepClone().AsObject());
    }

    private static InvalidOperationException Unexpected([CallerMemberName] string verb = "") => new($"An election does not {verb}.");
}
