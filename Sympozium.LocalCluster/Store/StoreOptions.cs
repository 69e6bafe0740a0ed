namespace Sympozium.LocalCluster.Store;

/// <summary>Limits of the object store.</summary>
public sealed class StoreOptions
{
    /// <summary>The database file; its folder exists.</summary>
    public required string Path { get; init; }

    /// <summary>Changes that stay watchable.</summary>
    public int KeptEvents { get; init; } = 10_000;

    /// <summary>Memory that those may take.</summary>
    public long KeptEventBytes { get; init; } = 24L << 20;

    /// <summary>Changes a slow watcher may fall behind before its stream ends with 410.</summary>
    public int WatcherBuffer { get; init; } = 4_096;

    /// <summary>Writes that may wait; more are refused with 429.</summary>
    public int WriteQueue { get; init; } = 4_096;

    /// <summary>Writes in one transaction at most.</summary>
    public int BatchWrites { get; init; } = 512;

    /// <summary>Changes after which old ones are removed from the file.</summary>
    public int CompactEvery { get; init; } = 2_000;

    /// <summary>The file may not grow beyond this; writes then fail as on a full disk.</summary>
    public long MaxFileBytes { get; init; } = 8L << 30;
}
