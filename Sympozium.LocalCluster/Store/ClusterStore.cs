using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Sympozium.LocalCluster.Store;

/// <summary>
/// All objects of the cluster: durable in one SQLite file, readable without a lock. Writes go through one thread, which takes
/// what has queued up, checks each against the newest state, and makes them durable with one transaction and one fsync;
/// only then are they visible, watched and acknowledged.
/// </summary>
public sealed partial class ClusterStore : IDisposable
{
    private readonly StoreOptions _options;
    private readonly ILogger<ClusterStore> _logger;
    private readonly LogDatabase _database;
    private readonly WatchHub _hub;
    private readonly BlockingCollection<PendingWrite> _queue;
    private readonly Thread _writer;
    private int _sinceCompaction;

    private ClusterStore(StoreOptions options, LogDatabase database, ILogger<ClusterStore> logger)
    {
        _options = options;
        _database = database;
        _logger = logger;
        _hub = new WatchHub(options);
        _queue = new BlockingCollection<PendingWrite>(options.WriteQueue);
        _writer = new Thread(Write) { IsBackground = true, Name = "cluster store" };
    }

    public StoreSnapshot Snapshot => _hub.Snapshot;

    /// <summary>The newest committed revision.</summary>
    public long Revision => _hub.Revision;

    /// <exception cref="StoreOpenException">The database cannot be used; the message says why and what to do.</exception>
    public static ClusterStore Open(StoreOptions options, ILogger<ClusterStore> logger)
    {
        LogDatabase database = LogDatabase.Open(options);
        ClusterStore store = new(options, database, logger);
        try
        {
            store.Load();
        }
        catch
        {
            store._queue.Dispose();
            database.Dispose();
            throw;
        }

        store._writer.Start();
        return store;
    }

    /// <summary>Creates (<paramref name="expectedRevision"/> 0) or replaces an object.</summary>
    /// <exception cref="StoreConflictException">It is not at that revision.</exception>
    /// <exception cref="StoreWriteException">It could not be stored.</exception>
    public Task<StoredObject> PutAsync(ObjectKey key, long expectedRevision, ObjectBytes value) =>
        EnqueueAsync(new PendingWrite(key, expectedRevision, value, IsDeletion: false));

    /// <summary>Deletes an object; its last state goes to the watchers.</summary>
    /// <exception cref="StoreConflictException">It is not at that revision.</exception>
    /// <exception cref="StoreWriteException">It could not be stored.</exception>
    public Task<StoredObject> DeleteAsync(ObjectKey key, long expectedRevision, ObjectBytes lastState) =>
        EnqueueAsync(new PendingWrite(key, expectedRevision, lastState, IsDeletion: true));

    /// <summary>Changes after a revision (null: after now) of one resource (null: of all), and the objects at this moment.</summary>
    /// <exception cref="StoreExpiredException">Those changes are not kept any more.</exception>
    public StoreSubscription Subscribe(ResourceKey? resource, long? after, out StoreSnapshot snapshot) => _hub.Subscribe(resource, after, out snapshot);

    /// <summary>The objects of one resource as they were at a revision.</summary>
    /// <exception cref="StoreExpiredException">That is too long ago.</exception>
    public StoreSnapshot AsOf(ResourceKey resource, long revision) => revision == Revision ? Snapshot : _hub.AsOf(resource, revision);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_queue.IsAddingCompleted)
        {
            return;
        }

        _queue.CompleteAdding();
        if (_writer.IsAlive)
        {
            _writer.Join();
        }

        _hub.Close();
        _database.Dispose();
        _queue.Dispose();
        if (_database.CopyProblem is { } problem)
        {
            LogNotCopied(problem);
        }
    }

    private Task<StoredObject> EnqueueAsync(PendingWrite write)
    {
        try
        {
            return _queue.TryAdd(write)
                ? write.Done.Task
                : Task.FromException<StoredObject>(new StoreWriteException("too many writes wait for the disk; try again", isOverload: true));
        }
        catch (Exception exception) when (exception is InvalidOperationException or ObjectDisposedException)
        {
            return Task.FromException<StoredObject>(new StoreWriteException("the cluster is shutting down"));
        }
    }

    private void Load()
    {
        Dictionary<ObjectKey, StoredObject> objects = [];
        List<StoreEvent> events = [];
        long revision = _database.Compacted;
        foreach (LogRow row in _database.Load())
        {
            StoredObject stored = new(row.Key, row.Revision, row.Value.ToArray());
            if (row.Revision > _database.Compacted)
            {
                events.Add(new StoreEvent(stored, row.Previous == 0 ? null : objects.GetValueOrDefault(row.Key), row.IsDeletion));
            }

            if (row.IsDeletion)
            {
                objects.Remove(row.Key);
            }
            else
            {
                objects[row.Key] = stored;
            }

            revision = Math.Max(revision, row.Revision);
        }

        _hub.Load(StoreSnapshot.Empty.With(revision, objects.Values.Select(stored => new StoreEvent(stored, null, false))), _database.Compacted, events);
        LogOpened(_options.Path, objects.Count, revision);
    }

    private void Write()
    {
        List<PendingWrite> batch = [];
        foreach (PendingWrite first in _queue.GetConsumingEnumerable())
        {
            batch.Add(first);
            while (batch.Count < _options.BatchWrites && _queue.TryTake(out PendingWrite? next))
            {
                batch.Add(next);
            }

            WriteBatch(batch);
            batch.Clear();
            CompactIfDue();
        }
    }

    private void WriteBatch(List<PendingWrite> batch)
    {
        StoreSnapshot before = _hub.Snapshot;
        WriteSet set = new(before);
        try
        {
            foreach (PendingWrite write in batch)
            {
                set.Apply(write);
            }

            if (set.Events.Count > 0)
            {
                _database.Begin();
                foreach (StoreEvent change in set.Events)
                {
                    _database.Append(new LogRow(change.Stored.Key, change.Revision, change.Previous?.Revision ?? 0, change.IsDeletion, change.Stored.Value));
                }

                _database.Commit();
                _hub.Publish(before.With(set.Revision, set.Events), set.Events);
                _sinceCompaction += set.Events.Count;
            }

            set.Acknowledge();
        }
        catch (Exception exception)
        {
            // Every waiter learns of it: nothing of this batch is stored.
            _database.Rollback();
            LogWriteFailed(exception, batch.Count);
            StoreWriteException failure = exception as StoreWriteException ?? new StoreWriteException($"the write failed: {exception.Message}");
            foreach (PendingWrite write in batch)
            {
                write.Done.TrySetException(failure);
            }
        }
    }

    private void CompactIfDue()
    {
        if (_sinceCompaction < _options.CompactEvery)
        {
            return;
        }

        _sinceCompaction = 0;
        long oldest = _hub.Oldest;
        if (oldest <= _database.Compacted)
        {
            return;
        }

        try
        {
            _database.Compact(oldest);
            LogCompacted(oldest);
        }
        catch (StoreWriteException exception)
        {
            LogCompactionFailed(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Opened {Path}: {Objects} objects at revision {Revision}")]
    private partial void LogOpened(string path, int objects, long revision);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Writes} writes were refused")]
    private partial void LogWriteFailed(Exception exception, int writes);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Compacted up to revision {Revision}")]
    private partial void LogCompacted(long revision);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The copy of the database, by which a damaged one can be restored, could not be made: {Problem}")]
    private partial void LogNotCopied(string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old changes could not be removed; trying again later")]
    private partial void LogCompactionFailed(Exception exception);
}
