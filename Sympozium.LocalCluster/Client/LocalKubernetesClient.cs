using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Server;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Client;

/// <summary>The cluster without HTTP: the same verbs, in the same process.</summary>
public sealed class LocalKubernetesClient(ClusterStore store, KindRegistry registry, ObjectVerbs verbs, Func<IPodLogs> logs) : IKubernetesClient
{
    /// <inheritdoc/>
    public Task<JsonObject?> GetAsync(ResourceType type, string? ns, string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(verbs.Reader.Find(Kind(type), ns, name)?.ToJson());
    }

    /// <inheritdoc/>
    public Task<ResourceList> ListAsync(ResourceType type, string? ns, ListOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        KindDefinition kind = Kind(type);
        ObjectPage page = verbs.Reader.List(kind, ns, Filter(kind, options.LabelSelector, options.FieldSelector), 0, null);
        return Task.FromResult(new ResourceList([.. page.Items.Select(item => item.ToJson())], Version(page.Revision)));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceType type, string? ns, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KindDefinition kind = Kind(type);
        using ObjectWatch watch = Start(kind, ns, options);
        bool markEnd = options.SendInitialEvents;
        while (true)
        {
            while (watch.InitialLeft > 0 || !markEnd)
            {
                if (Next(watch) is not { } change)
                {
                    break;
                }

                yield return new WatchEvent(change.Type, change.Resource.ToJson());
            }

            if (markEnd)
            {
                markEnd = false;
                yield return InitialEventsEnd(type, watch.Revision);
                continue;
            }

            if (watch.IsEnded)
            {
                yield break;
            }

            await watch.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<JsonObject> CreateAsync(ResourceType type, JsonObject resource, CancellationToken cancellationToken)
    {
        StoredObject stored = await verbs.Creator.CreateAsync(Kind(type), null, Metadata.Reread(resource), new WriteOptions(), cancellationToken);
        return stored.ToJson();
    }

    /// <inheritdoc/>
    public async Task<JsonObject> ReplaceAsync(ResourceType type, JsonObject resource, string? subresource, CancellationToken cancellationToken)
    {
        JsonObject metadata = resource["metadata"] as JsonObject ?? [];
        string name = Metadata.Text(metadata, "name") ?? throw Refusals.BadRequest("an object needs metadata.name to be replaced");
        StoredObject stored = await verbs.Editor.ReplaceAsync(
            Kind(type), Metadata.Text(metadata, "namespace"), name, subresource, Metadata.Reread(resource), new WriteOptions(), cancellationToken);
        return stored.ToJson();
    }

    /// <inheritdoc/>
    public async Task<JsonObject> PatchAsync(
        ResourceType type, string? ns, string name, Patch patch, string? subresource, CancellationToken cancellationToken)
    {
        StoredObject stored = await verbs.PatchAsync(
            Kind(type), ns, name, subresource, patch with { Body = JsonNode.Parse(patch.Body.ToJsonString())! }, new WriteOptions { FieldManager = patch.FieldManager }, cancellationToken);
        return stored.ToJson();
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(ResourceType type, string? ns, string name, DeleteOptions options, CancellationToken cancellationToken)
    {
        Removal removal = new() { PropagationPolicy = options.PropagationPolicy, GracePeriodSeconds = options.GracePeriodSeconds, Uid = options.Uid };
        try
        {
            await verbs.Remover.DeleteAsync(Kind(type), ns, name, removal, new WriteOptions(), cancellationToken);
            return true;
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public Task<Stream> OpenLogAsync(string ns, string pod, LogOptions options, CancellationToken cancellationToken)
    {
        verbs.Reader.Get(Kind(CoreTypes.Pods), ns, pod);
        return logs().OpenAsync(ns, pod, options, cancellationToken);
    }

    private static WatchEvent InitialEventsEnd(ResourceType type, long revision) => new(WatchEventType.Bookmark, new JsonObject
    {
        ["apiVersion"] = type.ApiVersion,
        ["kind"] = type.Kind,
        ["metadata"] = new JsonObject
        {
            ["resourceVersion"] = Version(revision),
            ["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" },
        },
    });

    private static string Version(long revision) => revision.ToString(CultureInfo.InvariantCulture);

    private static ObjectFilter Filter(KindDefinition kind, string? labels, string? fields) => new(LabelSelector.Parse(labels), FieldSelector.Parse(kind, fields));

    private static ObjectEvent? Next(ObjectWatch watch)
    {
        try
        {
            return watch.TryRead(out ObjectEvent change) ? change : null;
        }
        catch (StoreExpiredException exception)
        {
            throw Refusals.Expired(exception.Message);
        }
    }

    private ObjectWatch Start(KindDefinition kind, string? ns, WatchOptions options)
    {
        try
        {
            return ObjectWatch.Start(store, kind, ns, Filter(kind, options.LabelSelector, options.FieldSelector), options.ResourceVersion, options.SendInitialEvents);
        }
        catch (StoreExpiredException exception)
        {
            throw Refusals.Expired(exception.Message);
        }
    }

    private KindDefinition Kind(ResourceType type) => registry.Current.Find(type.Group, type.Version, type.Plural)
        ?? throw new KubernetesException(
            HttpStatusCode.NotFound, StatusReasons.NotFound, $"the server could not find the requested resource '{type}' in version '{type.ApiVersion}'", []);
}
