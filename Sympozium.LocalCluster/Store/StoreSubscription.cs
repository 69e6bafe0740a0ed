using System.Threading.Channels;

namespace Sympozium.LocalCluster.Store;

/// <summary>The changes of one resource, or of all, in order and without gaps, from one revision on.</summary>
public sealed class StoreSubscription : IDisposable
{
    private readonly Channel<StoreEvent> _channel;
    private readonly Queue<StoreEvent> _backlog;
    private readonly WatchHub _hub;
    private long _revision;
    private bool _lost;

    internal StoreSubscription(WatchHub hub, ResourceKey? resource, long revision, Queue<StoreEvent> backlog, int capacity)
    {
        _hub = hub;
        _backlog = backlog;
        _revision = revision;
        Resource = resource;
        _channel = Channel.CreateBounded<StoreEvent>(new BoundedChannelOptions(capacity)
        {
            SingleReader = true,
            SingleWriter = true,
            FullMode = BoundedChannelFullMode.Wait,
        });
    }

    /// <summary>Everything up to here has been read; safe to name in a bookmark.</summary>
    public long Revision => _revision;

    /// <summary>The store was closed: nothing more will come.</summary>
    public bool IsEnded { get; private set; }

    internal ResourceKey? Resource { get; }

    /// <summary>The next change if one is there.</summary>
    /// <exception cref="StoreExpiredException">This reader fell too far behind.</exception>
    public bool TryRead(out StoreEvent change)
    {
        // Taken before looking: what was published up to here is in the channel by now.
        long published = _hub.Published;
        if (_backlog.TryDequeue(out change!) || _channel.Reader.TryRead(out change!))
        {
            _revision = change.Revision;
            return true;
        }

        if (_lost)
        {
            throw new StoreExpiredException(_revision, _hub.Revision);
        }

        _revision = Math.Max(_revision, published);
        return false;
    }

    /// <summary>Waits for a change, or for the reason why there will be none.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (_backlog.Count == 0)
        {
            await _channel.Reader.WaitToReadAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hub.Remove(this);
        _channel.Writer.TryComplete();
    }

    /// <summary>False when the reader is too slow and gets nothing more.</summary>
    internal bool Offer(StoreEvent change)
    {
        if (_channel.Writer.TryWrite(change))
        {
            return true;
        }

        Lose();
        return false;
    }

    internal void End()
    {
        IsEnded = true;
        _channel.Writer.TryComplete();
    }

    private void Lose()
    {
        _lost = true;
        _channel.Writer.TryComplete();
    }
}
