namespace Sympozium.LocalCluster.Store;

/// <summary>The object is not in the state that the writer expected; <paramref name="current"/> is null when there is none.</summary>
public sealed class StoreConflictException(ObjectKey key, long expectedRevision, StoredObject? current)
    : Exception($"'{key}' is at revision {current?.Revision ?? 0}, expected {expectedRevision}.")
{
    public StoredObject? Current { get; } = current;
}

/// <summary>Nothing of the write is stored: the disk is full or failed, or the store is closing. A later write may succeed.</summary>
public sealed class StoreWriteException(string message, bool isOverload = false) : Exception(message)
{
    /// <summary>Too many writes wait already.</summary>
    public bool IsOverload { get; } = isOverload;
}

/// <summary>The database cannot be opened; the message says what to do.</summary>
public sealed class StoreOpenException(string message) : Exception(message);

/// <summary>The events after that revision are not kept any more, or the reader fell too far behind: list again.</summary>
public sealed class StoreExpiredException(long requested, long oldest)
    : Exception($"too old resource version: {requested} ({oldest})")
{
    public long Requested { get; } = requested;

    public long Oldest { get; } = oldest;
}
