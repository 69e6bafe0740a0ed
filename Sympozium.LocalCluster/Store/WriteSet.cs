namespace Sympozium.LocalCluster.Store;

/// <summary>A write that waits for its transaction.</summary>
internal sealed record PendingWrite(ObjectKey Key, long ExpectedRevision, ObjectBytes Value, bool IsDeletion)
{
    /// <summary>Completed elsewhere than on the writer thread, which must not run its callers' code.</summary>
    public TaskCompletionSource<StoredObject> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>The writes of one transaction: each sees those before it. Nothing counts until the transaction is committed.</summary>
internal sealed class WriteSet(StoreSnapshot before)
{
    private readonly Dictionary<ObjectKey, StoredObject?> _changed = [];
    private readonly List<(PendingWrite Write, StoredObject Result)> _accepted = [];
    private readonly List<(PendingWrite Write, StoreConflictException Reason)> _refused = [];

    public List<StoreEvent> Events { get; } = [];

    public long Revision { get; private set; } = before.Revision;

    public void Apply(PendingWrite write)
    {
        StoredObject? current = _changed.TryGetValue(write.Key, out StoredObject? changed) ? changed : before.Find(write.Key);
        if ((current?.Revision ?? 0) != write.ExpectedRevision)
        {
            _refused.Add((write, new StoreConflictException(write.Key, write.ExpectedRevision, current)));
            return;
        }

        Revision++;
        StoredObject stored = new(write.Key, Revision, write.Value.Stamp(Revision));
        _changed[write.Key] = write.IsDeletion ? null : stored;
        Events.Add(new StoreEvent(stored, current, write.IsDeletion));
        _accepted.Add((write, stored));
    }

    public void Acknowledge()
    {
        foreach ((PendingWrite write, StoredObject result) in _accepted)
        {
            write.Done.TrySetResult(result);
        }

        foreach ((PendingWrite write, StoreConflictException reason) in _refused)
        {
            write.Done.TrySetException(reason);
        }
    }
}
