namespace Sympozium.LocalCluster.Pods.Limits;

/// <summary>Version 1: a hierarchy of directories per controller.</summary>
internal sealed class SplitTree : IControlGroupTree
{
    private readonly string? _memory;
    private readonly string? _cpu;
    private readonly string? _pids;

    private SplitTree(string? memory, string? cpu, string? pids) => (_memory, _cpu, _pids) = (memory, cpu, pids);

    public bool LimitsMemory => _memory is not null;

    public string? Missing
    {
        get
        {
            string[] missing = [.. new[] { ("memory", _memory), ("cpu", _cpu), ("pids", _pids) }.Where(c => c.Item2 is null).Select(c => c.Item1)];
            return missing.Length == 0 ? null : $"the kernel's control groups of {string.Join(", ", missing)} are not writable";
        }
    }

    /// <summary>The hierarchies that are there and writable; null when none is.</summary>
    /// <param name="own">What <c>/proc/self/cgroup</c> says.</param>
    /// <param name="mounts">What <c>/proc/self/mounts</c> says.</param>
    /// <param name="owner">Name of our part.</param>
    public static SplitTree? Open(string own, string mounts, string owner)
    {
        var tree = new SplitTree(Claim("memory", own, mounts, owner), Claim("cpu", own, mounts, owner), Claim("pids", own, mounts, owner));
        return tree is { _memory: null, _cpu: null, _pids: null } ? null : tree;
    }

    public IReadOnlyList<string> Create(string name, ContainerLimits limits)
    {
        var joined = new List<string>();
        if (limits.MemoryBytes is { } memory && Make(_memory, name, joined) is { } memoryGroup)
        {
            GroupFiles.Write(memoryGroup, "memory.limit_in_bytes", GroupFiles.Number(memory));
            LimitSwap(memoryGroup, memory);
        }

        if (limits.Processors is { } processors && Make(_cpu, name, joined) is { } cpuGroup)
        {
            GroupFiles.Write(cpuGroup, "cpu.cfs_period_us", GroupFiles.Number(GroupFiles.CpuPeriodMicroseconds));
            GroupFiles.Write(cpuGroup, "cpu.cfs_quota_us", GroupFiles.Number(GroupFiles.Quota(processors)));
        }

        if (limits.Processes is { } processes && Make(_pids, name, joined) is { } pidsGroup)
        {
            GroupFiles.Write(pidsGroup, "pids.max", GroupFiles.Number(processes));
        }

        return joined;
    }

    public IReadOnlyList<string> Find(string name) =>
        [.. Hierarchies.Select(h => Path.Combine(h, name, "cgroup.procs")).Where(File.Exists)];

    public int MemoryKills(string name) => _memory is null ? 0 : GroupFiles.Counter(Path.Combine(_memory, name, "memory.oom_control"), "oom_kill");

    public void Remove(string name)
    {
        foreach (string hierarchy in Hierarchies)
        {
            GroupFiles.Remove(Path.Combine(hierarchy, name));
        }
    }

    public IEnumerable<string> Names() => Hierarchies.SelectMany(GroupFiles.Names).Distinct(StringComparer.Ordinal);

    public void Close()
    {
        foreach (string hierarchy in Hierarchies)
        {
            _ = Processes.Native.RemoveDirectory(hierarchy);
        }
    }

    private IEnumerable<string> Hierarchies => new[] { _memory, _cpu, _pids }.OfType<string>();

    private static string? Make(string? hierarchy, string name, List<string> joined)
    {
        if (hierarchy is null)
        {
            return null;
        }

        string group = Path.Combine(hierarchy, name);
        Directory.CreateDirectory(group);
        joined.Add(Path.Combine(group, "cgroup.procs"));
        return group;
    }

    /// <summary>Swap counts too where the kernel counts it; where it does not, the limit is one of memory alone.</summary>
    private static void LimitSwap(string group, long memory)
    {
        try
        {
            GroupFiles.Write(group, "memory.memsw.limit_in_bytes", GroupFiles.Number(memory));
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }

    private static string? Claim(string controller, string own, string mounts, string owner)
    {
        // "4:memory:/path"; "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0".
        string? path = own.Split('\n').Select(l => l.Split(':', 3)).FirstOrDefault(l => l.Length == 3 && l[1].Split(',').Contains(controller))?[2];
        string? mount = mounts.Split('\n').Select(l => l.Split(' '))
            .FirstOrDefault(l => l.Length > 3 && l[2] == "cgroup" && l[3].Split(',').Contains(controller))?[1];
        if (path is null || mount is null)
        {
            return null;
        }

        string inside = mount + path.TrimEnd('/');
        return GroupFiles.Claim(Directory.Exists(inside) ? inside : mount, owner);
    }
}
