using System.Globalization;
using System.Runtime.InteropServices;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Logs;

/// <summary>
/// A container's log on disk: what the container wrote, byte for byte. When it grew beyond its cap its oldest part is a hole in
/// the file: offsets stay valid for those who append and those who read.
/// </summary>
internal static class LogFile
{
    private const int BlockBytes = 64 << 10;
    private const int DiskBlockBytes = 4096;

    /// <summary>The newest log of a container; null when it never started.</summary>
    public static string? Newest(string directory) => Directory.Exists(directory)
        ? Directory.EnumerateFiles(directory, "*.log").MaxBy(f => int.Parse(Path.GetFileNameWithoutExtension(f), CultureInfo.InvariantCulture))
        : null;

    /// <summary>Opens a log at the first line that is wanted.</summary>
    public static FileStream Open(string path, int? tailLines, DateTimeOffset? since = null)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        long start = Start(file);
        start = tailLines is { } lines ? Math.Max(start, Tail(file, lines)) : start;
        file.Position = since is { } time ? Math.Max(start, LineStart(file, LogTimes.Read(path).Before(time))) : start;
        return file;
    }

    /// <summary>Gives the oldest part back to the disk when the log takes more than it may; true when it did.</summary>
    public static bool Trim(string path, long maxBytes)
    {
        var info = new FileInfo(path);
        if (!info.Exists || info.Length <= maxBytes)
        {
            return false;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        long length = file.Length;
        if (length - FirstData(file) <= maxBytes)
        {
            return false;
        }

        // Half of it goes, so that this does not happen again at once.
        long hole = (length - maxBytes / 2) / DiskBlockBytes * DiskBlockBytes;
        if (Native.Allocate((int)file.SafeFileHandle.DangerousGetHandle(), Native.PunchHole, 0, hole) != 0)
        {
            // The file system has no holes. Writers append, so the next line simply becomes the first.
            file.SetLength(0);
        }

        return true;
    }

    /// <summary>Where the first whole line starts.</summary>
    private static long Start(FileStream file)
    {
        long start = FirstData(file);
        if (start == 0)
        {
            return 0;
        }

        byte[] block = new byte[BlockBytes];
        int length = RandomAccess.Read(file.SafeFileHandle, block, start);
        int newline = Array.IndexOf(block, (byte)'\n', 0, length);
        return newline < 0 ? start : start + newline + 1;
    }

    private static long FirstData(FileStream file)
    {
        long position = Native.Seek((int)file.SafeFileHandle.DangerousGetHandle(), 0, Native.SeekData);
        return position >= 0 || Marshal.GetLastPInvokeError() == 0 ? Math.Max(0, position) : 0;
    }

    /// <summary>Where the line starts that an offset lies in.</summary>
    private static long LineStart(FileStream file, long offset)
    {
        byte[] block = new byte[BlockBytes];
        long position = Math.Min(offset, file.Length);
        while (position > 0)
        {
            int size = (int)Math.Min(position, block.Length);
            int length = RandomAccess.Read(file.SafeFileHandle, block.AsSpan(0, size), position - size);
            int newline = Array.LastIndexOf(block, (byte)'\n', length - 1, length);
            if (newline >= 0)
            {
                return position - size + newline + 1;
            }

            position -= size;
        }

        return 0;
    }

    /// <summary>Where the last so many lines start.</summary>
    private static long Tail(FileStream file, int lines)
    {
        long end = file.Length;
        if (lines <= 0)
        {
            return end;
        }

        byte[] block = new byte[BlockBytes];
        long position = end;
        int found = 0;
        while (position > 0)
        {
            int size = (int)Math.Min(position, block.Length);
            position -= size;
            int length = RandomAccess.Read(file.SafeFileHandle, block.AsSpan(0, size), position);
            for (int i = length - 1; i >= 0; i--)
            {
                // The newline that ends the file ends its last line, it does not start another.
                if (block[i] == '\n' && position + i != end - 1 && ++found == lines)
                {
                    return position + i + 1;
                }
            }
        }

        return 0;
    }
}
