namespace Sympozium.LocalCluster.Store;

/// <summary>One committed change. <see cref="Previous"/> is null for a creation; for a deletion <see cref="Stored"/> is the last state.</summary>
public sealed record StoreEvent(StoredObject Stored, StoredObject? Previous, bool IsDeletion)
{
    public long Revision => Stored.Revision;

    public bool IsCreation => Previous is null;
}
