using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Admission.Webhooks;

/// <summary>The webhooks of one kind of configuration, in the order of the configurations' names; read again when one changes.</summary>
internal sealed class WebhookRegistry(ClusterStore store, string plural)
{
    private readonly ResourceKey _resource = new("admissionregistration.k8s.io", plural);
    private readonly Lock _lock = new();
    private Known _known = new(null, []);

    /// <summary>Whoever has seen a configuration come or go finds its webhooks come or gone here.</summary>
    public IReadOnlyList<Webhook> Current
    {
        get
        {
            StoreSnapshot snapshot = store.Snapshot;
            Known known = Volatile.Read(ref _known);
            return ReferenceEquals(known.Source, snapshot.Identity(_resource)) ? known.Webhooks : Refresh();
        }
    }

    private IReadOnlyList<Webhook> Refresh()
    {
        lock (_lock)
        {
            StoreSnapshot snapshot = store.Snapshot;
            object? source = snapshot.Identity(_resource);
            if (!ReferenceEquals(_known.Source, source))
            {
                Volatile.Write(ref _known, new Known(source, [.. snapshot.List(_resource, "").SelectMany(Read)]));
            }

            return _known.Webhooks;
        }
    }

    private static IEnumerable<Webhook> Read(StoredObject configuration)
    {
        JsonObject json = configuration.ToJson();
        return json.Items("webhooks").Select(webhook => Webhook.Read(configuration.Key.Name, webhook.Index, webhook.Item));
    }

    private sealed record Known(object? Source, IReadOnlyList<Webhook> Webhooks);
}
