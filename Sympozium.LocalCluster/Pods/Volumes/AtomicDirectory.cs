using System.Globalization;
using System.Runtime.InteropServices;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Volumes;

/// <summary>
/// Files that change all at once, in the layout of the kubelet's atomic writer: <c>name</c> is a link to <c>..data/name</c>, and <c>..data</c> is a
/// link to a directory that is made anew for each change and then put in place by one rename. A reader sees the old files or the new ones,
/// never some of each.
/// </summary>
internal static class AtomicDirectory
{
    /// <summary>The link to the present files.</summary>
    public const string Data = "..data";

    private const int ModeMask = 0x1FF;

    /// <summary>Makes a directory hold exactly these files; does nothing when it does already.</summary>
    /// <param name="directory">The volume.</param>
    /// <param name="files">Content and mode by relative path.</param>
    /// <param name="now">Names the directory of the new files.</param>
    public static void Write(string directory, IReadOnlyDictionary<string, (byte[] Content, int Mode)> files, DateTimeOffset now)
    {
        PodPaths.CreatePrivate(directory);
        string link = Path.Combine(directory, Data);
        string? before = new FileInfo(link).LinkTarget;
        if (before is not null && IsSame(Path.Combine(directory, before), files))
        {
            return;
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"..{now.UtcDateTime:yyyy_MM_dd_HH_mm_ss}.{now.UtcTicks % TimeSpan.TicksPerSecond:D7}");
        string fresh = Path.Combine(directory, name);
        PodPaths.CreatePrivate(fresh);
        foreach ((string path, (byte[] content, int mode)) in files)
        {
            Write(Path.Combine(fresh, path), content, (UnixFileMode)(mode & ModeMask));
        }

        string temporary = link + "_tmp";
        File.Delete(temporary);
        File.CreateSymbolicLink(temporary, name);

        // .NET moves no link that leads to a directory.
        if (Native.Rename(temporary, link) != 0)
        {
            throw new IOException($"'{temporary}' cannot be renamed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
        }

        Arrange(directory, files.Keys.Select(f => f.Split('/')[0]).ToHashSet(StringComparer.Ordinal));
        if (before is not null)
        {
            Directory.Delete(Path.Combine(directory, before), recursive: true);
        }
    }

    /// <summary>Links for what there is, none for what there is no more.</summary>
    private static void Arrange(string directory, HashSet<string> names)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(directory).Select(e => Path.GetFileName(e)).ToList())
        {
            if (!entry.StartsWith("..", StringComparison.Ordinal) && !names.Remove(entry))
            {
                File.Delete(Path.Combine(directory, entry));
            }
        }

        foreach (string missing in names)
        {
            File.CreateSymbolicLink(Path.Combine(directory, missing), $"{Data}/{missing}");
        }
    }

    private static bool IsSame(string directory, IReadOnlyDictionary<string, (byte[] Content, int Mode)> files)
    {
        if (!Directory.Exists(directory) || Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Count() != files.Count)
        {
            return false;
        }

        foreach ((string path, (byte[] content, int mode)) in files)
        {
            var file = new FileInfo(Path.Combine(directory, path));
            if (!file.Exists || file.Length != content.Length || file.UnixFileMode != (UnixFileMode)(mode & ModeMask) || !File.ReadAllBytes(file.FullName).AsSpan().SequenceEqual(content))
            {
                return false;
            }
        }

        return true;
    }

    private static void Write(string path, byte[] content, UnixFileMode mode)
    {
        PodPaths.CreatePrivate(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var file = new FileStream(path, options))
        {
            file.Write(content);
        }

        File.SetUnixFileMode(path, mode);
    }
}
