using System.Globalization;

namespace Sympozium.LocalCluster.Pods.Limits;

/// <summary>
/// Version 2: one hierarchy. A group with processes cannot hand controllers on to groups below it, so the control plane first moves itself into a
/// group of its own, as every manager of a delegated group does (https://docs.kernel.org/admin-guide/cgroup-v2.html, no internal processes).
/// </summary>
internal sealed class UnifiedTree : IControlGroupTree
{
    private const string Controllers = "+cpu +memory +pids";

    private static readonly string[] Needed = ["cpu", "memory", "pids"];

    private readonly string _base;

    private UnifiedTree(string @base) => _base = @base;

    public bool LimitsMemory => true;

    public string? Missing => null;

    /// <summary>The hierarchy when it is there, delegated to us and has the controllers; null otherwise.</summary>
    public static UnifiedTree? Open(string own, string mounts, string owner)
    {
        string? path = own.Split('\n').Select(l => l.Split(':', 3)).FirstOrDefault(l => l is ["0", "", _])?[2];
        string? mount = mounts.Split('\n').Select(l => l.Split(' ')).FirstOrDefault(l => l.Length > 2 && l[2] == "cgroup2")?[1];
        if (path is null || mount is null)
        {
            return null;
        }

        string group = mount + path.TrimEnd('/');
        try
        {
            string[] available = File.ReadAllText(Path.Combine(group, "cgroup.controllers")).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            if (!Needed.All(available.Contains) || GroupFiles.Claim(group, owner) is not { } ours)
            {
                return null;
            }

            HandOn(group, path.Length > 1);
            GroupFiles.Write(ours, "cgroup.subtree_control", Controllers);
            return new UnifiedTree(ours);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public IReadOnlyList<string> Create(string name, ContainerLimits limits)
    {
        string group = Path.Combine(_base, name);
        Directory.CreateDirectory(group);
        if (limits.MemoryBytes is { } memory)
        {
            GroupFiles.Write(group, "memory.max", GroupFiles.Number(memory));
            GroupFiles.Write(group, "memory.oom.group", "1");
            if (File.Exists(Path.Combine(group, "memory.swap.max")))
            {
                GroupFiles.Write(group, "memory.swap.max", "0");
            }
        }

        if (limits.Processors is { } processors)
        {
            GroupFiles.Write(group, "cpu.max", string.Create(CultureInfo.InvariantCulture, $"{GroupFiles.Quota(processors)} {GroupFiles.CpuPeriodMicroseconds}"));
        }

        if (limits.Processes is { } processes)
        {
            GroupFiles.Write(group, "pids.max", GroupFiles.Number(processes));
        }

        return [Path.Combine(group, "cgroup.procs")];
    }

    public IReadOnlyList<string> Find(string name) =>
        Path.Combine(_base, name, "cgroup.procs") is var procs && File.Exists(procs) ? [procs] : [];

    public int MemoryKills(string name) => GroupFiles.Counter(Path.Combine(_base, name, "memory.events"), "oom_kill");

    public void Remove(string name) => GroupFiles.Remove(Path.Combine(_base, name));

    public IEnumerable<string> Names() => GroupFiles.Names(_base);

    public void Close() => _ = Processes.Native.RemoveDirectory(_base);

    private static void HandOn(string group, bool canMove)
    {
        string handed = File.ReadAllText(Path.Combine(group, "cgroup.subtree_control"));
        if (handed.Contains("memory", StringComparison.Ordinal) && handed.Contains("cpu", StringComparison.Ordinal) && handed.Contains("pids", StringComparison.Ordinal))
        {
            return;
        }

        if (canMove)
        {
            string leaf = Path.Combine(group, "sympozium-control");
            Directory.CreateDirectory(leaf);
            GroupFiles.Write(leaf, "cgroup.procs", GroupFiles.Number(Environment.ProcessId));
        }

        GroupFiles.Write(group, "cgroup.subtree_control", Controllers);
    }
}
