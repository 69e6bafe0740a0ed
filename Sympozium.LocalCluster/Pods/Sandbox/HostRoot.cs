using System.Runtime.InteropServices;

namespace Sympozium.LocalCluster.Pods.Sandbox;

/// <summary>The read-only part of the host that sandboxes are built from, looked at once.</summary>
internal sealed class HostRoot
{
    private readonly List<string> _arguments = [];

    /// <param name="paths">Host paths to show; those that do not exist are left out.</param>
    /// <param name="directory">Where this class keeps its own passwd and group.</param>
    public HostRoot(IEnumerable<string> paths, string directory)
    {
        DotnetRoot = FindDotnetRoot();
        var shown = new List<string>();
        foreach (string path in DotnetRoot is null ? paths : paths.Append(DotnetRoot))
        {
            if (shown.Exists(s => path.StartsWith(s + "/", StringComparison.Ordinal)))
            {
                continue;
            }

            Add(path);
            shown.Add(path);
        }

        AddAccounts(directory);
    }

    /// <summary>Directory of the shared .NET runtime; null when the control plane brings its own.</summary>
    public string? DotnetRoot { get; }

    /// <summary>bubblewrap arguments that build the root.</summary>
    public IReadOnlyList<string> Arguments => _arguments;

    private void Add(string path)
    {
        var info = new FileInfo(path);
        if (info.LinkTarget is { } target && Directory.Exists(path))
        {
            _arguments.AddRange(["--symlink", target, path]);
        }
        else if (Path.Exists(path))
        {
            _arguments.AddRange(["--ro-bind", path, path]);
        }
    }

    /// <summary>The host's account files would name people; a pod needs a name for its own uid only.</summary>
    private void AddAccounts(string directory)
    {
        Directory.CreateDirectory(directory);
        string passwd = Path.Combine(directory, "passwd");
        string group = Path.Combine(directory, "group");
        File.WriteAllText(passwd, "root:x:0:0:root:/tmp:/bin/sh\nagent:x:1000:1000:agent:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n");
        File.WriteAllText(group, "root:x:0:\nagent:x:1000:\nnogroup:x:65534:\n");
        _arguments.AddRange(["--ro-bind", passwd, "/etc/passwd", "--ro-bind", group, "/etc/group"]);
    }

    private static string? FindDotnetRoot()
    {
        string? root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        return Directory.Exists(Path.Combine(root, "host", "fxr")) ? root.TrimEnd('/') : null;
    }
}
