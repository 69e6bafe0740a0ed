using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Garbage;

/// <summary>One rule by which objects go.</summary>
internal interface ICollector
{
    /// <summary>Objects that may have to go, or be released, now that this one has changed.</summary>
    IEnumerable<ObjectKey> Affected(StoredObject changed, bool isDeletion);

    /// <summary>Brings one object to where the rule wants it; called again after every change that affects it, so it may do one step.</summary>
    Task CollectAsync(StoredObject stored, CancellationToken cancellationToken);
}
