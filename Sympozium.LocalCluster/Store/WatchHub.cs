using System.Runtime.InteropServices;

namespace Sympozium.LocalCluster.Store;

/// <summary>Keeps the latest changes and hands new ones to the subscriptions. The lock guards all fields.</summary>
internal sealed class WatchHub(StoreOptions options)
{
    private readonly Lock _lock = new();
    private readonly Queue<StoreEvent> _kept = new();
    private readonly Dictionary<ResourceKey, List<StoreSubscription>> _byResource = [];
    private readonly List<StoreSubscription> _all = [];
    private StoreSnapshot _snapshot = StoreSnapshot.Empty;
    private long _published;
    private long _keptBytes;
    private long _oldest;
    private bool _closed;

    public StoreSnapshot Snapshot => Volatile.Read(ref _snapshot);

    public long Revision => Snapshot.Revision;

    /// <summary>Every change up to here has been handed to the subscriptions.</summary>
    public long Published => Volatile.Read(ref _published);

    /// <summary>Watches may start at this revision or a later one.</summary>
    public long Oldest
    {
        get
        {
            lock (_lock)
            {
                return _oldest;
            }
        }
    }

    public void Load(StoreSnapshot snapshot, long oldest, IEnumerable<StoreEvent> events)
    {
        lock (_lock)
        {
            _oldest = oldest;
            foreach (StoreEvent change in events)
            {
                Keep_NeedsLock(change);
            }

            _snapshot = snapshot;
            _published = snapshot.Revision;
        }
    }

    public void Publish(StoreSnapshot snapshot, List<StoreEvent> events)
    {
        lock (_lock)
        {
            // First: who learns of a change must find it when it reads.
            Volatile.Write(ref _snapshot, snapshot);
            foreach (StoreEvent change in events)
            {
                Keep_NeedsLock(change);
                if (_byResource.TryGetValue(change.Stored.Key.Resource, out List<StoreSubscription>? subscriptions))
                {
                    subscriptions.RemoveAll(subscription => !subscription.Offer(change));
                }

                _all.RemoveAll(subscription => !subscription.Offer(change));
            }

            // Last: a reader who sees this revision must find every event of it in its channel.
            Volatile.Write(ref _published, snapshot.Revision);
        }
    }

    /// <param name="resource">Null for the changes of all resources.</param>
    /// <param name="after">Changes after this revision; null for those after the present moment.</param>
    /// <param name="snapshot">The objects at this moment.</param>
    /// <exception cref="StoreExpiredException">Those changes are not kept any more.</exception>
    public StoreSubscription Subscribe(ResourceKey? resource, long? after, out StoreSnapshot snapshot)
    {
        lock (_lock)
        {
            Queue<StoreEvent> backlog = new();
            if (after < _oldest)
            {
                throw new StoreExpiredException(after.Value, _oldest);
            }

            if (after < _snapshot.Revision)
            {
                foreach (StoreEvent change in _kept)
                {
                    if (change.Revision > after && (resource is null || change.Stored.Key.Resource == resource))
                    {
                        backlog.Enqueue(change);
                    }
                }
            }

            StoreSubscription subscription = new(this, resource, after ?? _snapshot.Revision, backlog, options.WatcherBuffer);
            snapshot = _snapshot;
            if (_closed)
            {
                subscription.End();
                return subscription;
            }

            List_NeedsLock(resource).Add(subscription);
            return subscription;
        }
    }

    /// <summary>The objects of one resource as they were, from undoing what changed since; those of other resources are as they are.</summary>
    /// <exception cref="StoreExpiredException">The changes since are not kept any more.</exception>
    public StoreSnapshot AsOf(ResourceKey resource, long revision)
    {
        lock (_lock)
        {
            if (revision < _oldest)
            {
                throw new StoreExpiredException(revision, _oldest);
            }

            return _snapshot.With(revision, _kept.Where(change => change.Revision > revision && change.Stored.Key.Resource == resource).Reverse().Select(Undo));
        }
    }

    public void Remove(StoreSubscription subscription)
    {
        lock (_lock)
        {
            List<StoreSubscription> subscriptions = List_NeedsLock(subscription.Resource);
            subscriptions.Remove(subscription);
            if (subscriptions.Count == 0 && subscription.Resource is { } resource)
            {
                _byResource.Remove(resource);
            }
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (StoreSubscription subscription in _byResource.Values.SelectMany(list => list).Concat(_all).ToList())
            {
                subscription.End();
            }
        }
    }

    private static StoreEvent Undo(StoreEvent change) => change.Previous is { } previous
        ? new StoreEvent(previous, null, IsDeletion: false)
        : new StoreEvent(change.Stored, null, IsDeletion: true);

    private List<StoreSubscription> List_NeedsLock(ResourceKey? resource) =>
        resource is { } key ? CollectionsMarshal.GetValueRefOrAddDefault(_byResource, key, out _) ??= [] : _all;

    private void Keep_NeedsLock(StoreEvent change)
    {
        _kept.Enqueue(change);
        _keptBytes += change.Stored.Value.Length;
        while (_kept.Count > options.KeptEvents || _keptBytes > options.KeptEventBytes && _kept.Count > 1)
        {
            StoreEvent oldest = _kept.Dequeue();
            _keptBytes -= oldest.Stored.Value.Length;
            _oldest = oldest.Revision;
        }
    }
}
