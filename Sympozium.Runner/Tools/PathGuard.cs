using Sympozium.Runner.Agent;

namespace Sympozium.Runner.Tools;

/// <summary>One directory that tools may reach into.</summary>
/// <param name="Name">What the model calls it, for example <c>/workspace</c>.</param>
/// <param name="Path">Where it really is.</param>
/// <param name="IsWritable">Whether tools may write there.</param>
internal sealed record PathRoot(string Name, string Path, bool IsWritable);

/// <summary>
/// Turns a path from the model into a real one inside the roots. Boundaries are whole components (<c>/workspace2</c> is not in
/// <c>/workspace</c>), <c>..</c> is resolved first, and every symbolic link on the way is followed here, by hand, so that what is
/// checked is what will be opened; the last component is then opened without following links.
/// </summary>
internal sealed class PathGuard(IReadOnlyList<PathRoot> roots)
{
    private const int MaxLinks = 40;
    private readonly Lazy<string[]> _realRoots = new(() => [.. roots.Select(root => FollowLinks(root.Path, root.Name))]);

    /// <summary>The roots of a run.</summary>
    public static PathGuard For(AgentOptions options) => new(
    [
        new PathRoot("/workspace", options.WorkspaceRoot, IsWritable: true),
        new PathRoot("/skills", options.SkillsRoot, IsWritable: false),
        new PathRoot("/tmp", "/tmp", IsWritable: true),
        new PathRoot("/ipc", options.IpcRoot, IsWritable: false),
    ]);

    /// <summary>Real path of something that is read.</summary>
    /// <exception cref="ToolException">It is outside of the roots.</exception>
    public string Readable(string path) => Resolve(path, forWriting: false);

    /// <summary>Real path of something that is written; it need not exist.</summary>
    /// <exception cref="ToolException">It is outside of the writable roots.</exception>
    public string Writable(string path) => Resolve(path, forWriting: true);

    private string Resolve(string path, bool forWriting)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new ToolException("the path is empty or has a zero character.");
        }

        string full = System.IO.Path.GetFullPath(path, roots[0].Name);
        string mapped = MapName(full);
        if (!IsInside(mapped, forWriting))
        {
            throw Outside(path, forWriting);
        }

        string real = FollowLinks(mapped, path);
        return IsInside(real, forWriting) ? real : throw Outside(path, forWriting);
    }

    // In plain processes the roots lie elsewhere than their names say.
    private string MapName(string full)
    {
        foreach (PathRoot root in roots)
        {
            if (root.Path != root.Name && IsUnder(full, root.Name))
            {
                return root.Path + full[root.Name.Length..];
            }
        }

        return full;
    }

    private bool IsInside(string path, bool forWriting)
    {
        // The longest root decides: a read-only root may lie below a writable one.
        PathRoot? best = null;
        for (int i = 0; i < roots.Count; i++)
        {
            PathRoot root = roots[i];
            if ((IsUnder(path, root.Path) || IsUnder(path, _realRoots.Value[i])) && (best is null || root.Path.Length > best.Path.Length))
            {
                best = root;
            }
        }

        return best is not null && (best.IsWritable || !forWriting);
    }

    private static bool IsUnder(string path, string root) =>
        path.Length == root.Length ? path == root : path.Length > root.Length && path[root.Length] == '/' && path.StartsWith(root, StringComparison.Ordinal);

    private static string FollowLinks(string path, string asGiven)
    {
        string done = "";
        var open = new Stack<string>();
        Push(open, path);
        int links = 0;
        while (open.TryPop(out string? component))
        {
            if (component == "..")
            {
                done = done[..Math.Max(done.LastIndexOf('/'), 0)];
                continue;
            }

            string candidate = $"{done}/{component}";
            string? target = new FileInfo(candidate).LinkTarget;
            if (target is null)
            {
                done = candidate;
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new ToolException($"'{asGiven}' has too many symbolic links.");
            }

            if (target.StartsWith('/'))
            {
                done = "";
            }

            Push(open, target);
        }

        return done.Length == 0 ? "/" : done;
    }

    private static void Push(Stack<string> open, string path)
    {
        string[] components = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = components.Length - 1; i >= 0; i--)
        {
            if (components[i] != ".")
            {
                open.Push(components[i]);
            }
        }
    }

    private ToolException Outside(string path, bool forWriting)
    {
        var names = new List<string>();
        foreach (PathRoot root in roots)
        {
            if (root.IsWritable || !forWriting)
            {
                names.Add(root.Name);
            }
        }

        return new ToolException($"'{path}' is outside of what may be {(forWriting ? "written" : "read")}: {string.Join(", ", names)} (symbolic links count where they lead).");
    }
}
