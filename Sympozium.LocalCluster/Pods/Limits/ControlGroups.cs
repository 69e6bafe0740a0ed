using Microsoft.Extensions.Logging;

namespace Sympozium.LocalCluster.Pods.Limits;

/// <summary>
/// The kernel's control groups as far as this process may make some: version 2 where its own group is delegated to it, version 1 where the
/// hierarchies are writable. Groups of one control plane lie together, one per life of a container; what nobody uses any more is removed.
/// </summary>
internal sealed partial class ControlGroups
{
    private readonly IControlGroupTree? _tree;
    private readonly ILogger _logger;

    private ControlGroups(IControlGroupTree? tree, string? missing, ILogger logger)
    {
        _tree = tree;
        Missing = missing;
        _logger = logger;
    }

    /// <summary>What cannot be limited here and why, in words for people; null when everything can.</summary>
    public string? Missing { get; }

    /// <summary>Whether memory is limited by the kernel.</summary>
    public bool LimitsMemory => _tree?.LimitsMemory == true;

    /// <summary>Finds out what this machine allows.</summary>
    public static ControlGroups Open(LocalPodOptions options, string owner, ILogger logger)
    {
        if (!options.UseControlGroups)
        {
            return new ControlGroups(null, "the control plane was told not to use control groups", logger);
        }

        string own = ReadText("/proc/self/cgroup");
        string mounts = ReadText("/proc/self/mounts");
        IControlGroupTree? tree = UnifiedTree.Open(own, mounts, owner) ?? (IControlGroupTree?)SplitTree.Open(own, mounts, owner);
        string? missing = tree is null
            ? "the control plane may not make control groups here (with systemd: start it by 'systemd-run --user --scope -p Delegate=yes')"
            : tree.Missing;
        return new ControlGroups(tree, missing, logger);
    }

    /// <summary>Makes the group of a container's next life; null when nothing is to be limited, or nothing can be.</summary>
    /// <param name="marker">The life's marker, without its owner.</param>
    /// <param name="limits">What it may use.</param>
    /// <returns>Files to which a process writes its id to join.</returns>
    public IReadOnlyList<string> Create(string marker, ContainerLimits limits)
    {
        if (_tree is null || limits.IsNone)
        {
            return [];
        }

        try
        {
            return _tree.Create(Name(marker), limits);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            LogNotLimited(marker, failed);
            return [];
        }
    }

    /// <summary>The files by which a process joins the group of a life that runs.</summary>
    public IReadOnlyList<string> Of(string marker) => _tree?.Find(Name(marker)) ?? [];

    /// <summary>How often the kernel killed something in the group because its memory was used up.</summary>
    public int MemoryKills(string marker) => _tree?.MemoryKills(Name(marker)) ?? 0;

    /// <summary>Removes the group of a life that is over.</summary>
    public void Remove(string marker)
    {
        try
        {
            _tree?.Remove(Name(marker));
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // A process that is just ending holds it; the sweep at the next start takes it.
            LogNotRemoved(marker, busy);
        }
    }

    /// <summary>Removes the groups of lives that are not among these.</summary>
    public void Sweep(IEnumerable<string> alive)
    {
        var names = alive.Select(Name).ToHashSet(StringComparer.Ordinal);
        foreach (string left in _tree?.Names().Where(n => !names.Contains(n)) ?? [])
        {
            Remove(left);
        }
    }

    /// <summary>Gives back what is left of this control plane's part when nothing runs in it; the next one makes it again.</summary>
    public void Close() => _tree?.Close();

    private static string Name(string marker) => marker.Replace('/', '.');

    private static string ReadText(string path) => File.Exists(path) ? File.ReadAllText(path) : "";

    [LoggerMessage(Level = LogLevel.Warning, Message = "Container {Marker} runs without limits: its control group cannot be made")]
    private partial void LogNotLimited(string marker, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The control group of {Marker} is not removed yet")]
    private partial void LogNotRemoved(string marker, Exception exception);
}

/// <summary>One version of control groups.</summary>
internal interface IControlGroupTree
{
    bool LimitsMemory { get; }

    string? Missing { get; }

    IReadOnlyList<string> Create(string name, ContainerLimits limits);

    IReadOnlyList<string> Find(string name);

    int MemoryKills(string name);

    void Remove(string name);

    IEnumerable<string> Names();

    /// <summary>Removes our part of the hierarchy, unless groups are in it.</summary>
    void Close();
}
