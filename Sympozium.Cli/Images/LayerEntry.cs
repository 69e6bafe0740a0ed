namespace Sympozium.Cli.Images;

/// <summary>One file, directory or link of a layer.</summary>
/// <param name="Path">Path in the image, relative to its root, with slashes.</param>
/// <param name="Source">File on this machine that has the content; null for directories and links.</param>
/// <param name="Link">Target of a symbolic link; null for others.</param>
/// <param name="Mode">Permissions.</param>
internal sealed record LayerEntry(string Path, string? Source, string? Link, UnixFileMode Mode)
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Where a container runtime puts file systems of its own; what an installation has there (debootstrap makes devices) is for the machine that made it.</summary>
    private static readonly string[] OfTheRuntime = ["dev", "proc", "sys"];

    /// <summary>
    /// Everything below a directory, to stand below <paramref name="at"/>. Of a root filesystem <c>dev</c>, <c>proc</c> and <c>sys</c> are empty.
    /// </summary>
    /// <param name="directory">Directory on this machine.</param>
    /// <param name="at">Path in the image; empty for its root.</param>
    /// <param name="keepModes">Keep permissions as they are, for a root filesystem; else what everybody may read and the owner's execute bit for all.</param>
    public static IEnumerable<LayerEntry> Tree(string directory, string at, bool keepModes)
    {
        foreach (FileSystemInfo info in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            string path = at.Length == 0 ? info.Name : $"{at}/{info.Name}";
            if (info.LinkTarget is { } target)
            {
                yield return new LayerEntry(path, null, target, Readable | Executable | UnixFileMode.UserWrite);
            }
            else if (info is DirectoryInfo)
            {
                yield return new LayerEntry(path, null, null, keepModes ? info.UnixFileMode : Readable | Executable | UnixFileMode.UserWrite);
                if (keepModes && OfTheRuntime.Contains(path))
                {
                    continue;
                }

                foreach (LayerEntry entry in Tree(info.FullName, path, keepModes))
                {
                    yield return entry;
                }
            }
            else
            {
                yield return new LayerEntry(path, info.FullName, null, keepModes ? info.UnixFileMode : Plain(info.UnixFileMode));
            }
        }
    }

    /// <summary>The directories above a path, so that a layer that begins deep has them with proper permissions.</summary>
    public static IEnumerable<LayerEntry> Parents(string path)
    {
        string[] parts = path.Split('/');
        for (int i = 1; i <= parts.Length; i++)
        {
            yield return new LayerEntry(string.Join('/', parts[..i]), null, null, Readable | Executable | UnixFileMode.UserWrite);
        }
    }

    private static UnixFileMode Plain(UnixFileMode mode) =>
        Readable | UnixFileMode.UserWrite | (mode.HasFlag(UnixFileMode.UserExecute) ? Executable : UnixFileMode.None);
}
