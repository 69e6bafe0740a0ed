using System.Globalization;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>One event of a watch before it is written out.</summary>
public readonly record struct ObjectEvent(WatchEventType Type, StoredObject Resource);

/// <summary>A running watch of one collection, as its reader sees it: an object that leaves the selection is a deletion.</summary>
public sealed class ObjectWatch : IDisposable
{
    private readonly KindDefinition _kind;
    private readonly string? _namespace;
    private readonly ObjectFilter _filter;
    private readonly StoreSubscription _subscription;
    private readonly Queue<ObjectEvent> _initial = new();

    private ObjectWatch(KindDefinition kind, string? ns, ObjectFilter filter, StoreSubscription subscription)
    {
        _kind = kind;
        _namespace = kind.Type.Namespaced ? ns : null;
        _filter = filter;
        _subscription = subscription;
    }

    /// <summary>Everything up to here has been read.</summary>
    public long Revision => _subscription.Revision;

    /// <summary>The cluster is shutting down: nothing more will come.</summary>
    public bool IsEnded => _subscription.IsEnded;

    /// <summary>How many of the objects that were there at the start are still to be read.</summary>
    public int InitialLeft => _initial.Count;

    /// <param name="store">Where to watch.</param>
    /// <param name="kind">Which resource.</param>
    /// <param name="ns">Null for all namespaces.</param>
    /// <param name="filter">Which objects.</param>
    /// <param name="resourceVersion">Events after it; null, empty or 0 begins with the present objects.</param>
    /// <param name="sendInitial">Begin with the present objects whatever the version.</param>
    /// <exception cref="StoreExpiredException">The version is too old.</exception>
    /// <exception cref="KubernetesException">The version is not a number.</exception>
    public static ObjectWatch Start(ClusterStore store, KindDefinition kind, string? ns, ObjectFilter filter, string? resourceVersion, bool sendInitial)
    {
        long? after = ParseVersion(resourceVersion);
        bool fromNow = sendInitial || after is null;
        StoreSubscription subscription = store.Subscribe(ObjectReader.Resource(kind.Type), fromNow ? null : after, out StoreSnapshot snapshot);
        ObjectWatch watch = new(kind, ns, filter, subscription);
        if (fromNow)
        {
            foreach (StoredObject stored in snapshot.List(ObjectReader.Resource(kind.Type), kind.Type.Namespaced ? ns : ""))
            {
                if (filter.IsEverything || filter.Matches(ObjectReader.InVersion(kind, stored)))
                {
                    watch._initial.Enqueue(new ObjectEvent(WatchEventType.Added, ObjectReader.InVersion(kind, stored)));
                }
            }
        }

        return watch;
    }

    /// <summary>The next event if one is there.</summary>
    /// <exception cref="StoreExpiredException">This reader was too slow.</exception>
    public bool TryRead(out ObjectEvent change)
    {
        if (_initial.TryDequeue(out change))
        {
            return true;
        }

        while (_subscription.TryRead(out StoreEvent stored))
        {
            if (Translate(stored) is { } translated)
            {
                change = translated;
                return true;
            }
        }

        return false;
    }

    /// <summary>Waits for the next event, or for the reason why there will be none.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken) => _subscription.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _subscription.Dispose();

    private static long? ParseVersion(string? text)
    {
        if (string.IsNullOrEmpty(text) || text == "0")
        {
            return null;
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong version)
            ? (long)Math.Min(version, long.MaxValue)
            : throw Refusals.Unclassified($"resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax");
    }

    private ObjectEvent? Translate(StoreEvent change)
    {
        if (_namespace is not null && change.Stored.Key.Namespace != _namespace)
        {
            return null;
        }

        bool before = change.Previous is { } previous && (_filter.IsEverything || _filter.Matches(ObjectReader.InVersion(_kind, previous)));
        bool after = !change.IsDeletion && (_filter.IsEverything || _filter.Matches(ObjectReader.InVersion(_kind, change.Stored)));
        return (before, after) switch
        {
            (false, false) => null,
            (false, true) => new ObjectEvent(WatchEventType.Added, ObjectReader.InVersion(_kind, change.Stored)),
            (true, true) => new ObjectEvent(WatchEventType.Modified, ObjectReader.InVersion(_kind, change.Stored)),
            (true, false) => new ObjectEvent(WatchEventType.Deleted, ObjectReader.InVersion(_kind, Gone(change))),
        };
    }

    // An object that left the selection is shown as it was when it was in it, at the version at which it left.
    private static StoredObject Gone(StoreEvent change)
    {
        if (change.IsDeletion)
        {
            return change.Stored;
        }

        ObjectBytes bytes = ObjectBytes.From(change.Previous!.ToJson());
        return new StoredObject(change.Stored.Key, change.Revision, bytes.Stamp(change.Revision));
    }
}
