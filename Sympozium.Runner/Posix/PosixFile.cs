using System.Runtime.InteropServices;

namespace Sympozium.Runner.Posix;

/// <summary>Whole-file reads and atomic writes that never hang on a pipe and, unless asked to, never follow a symbolic link in the last place.</summary>
internal static class PosixFile
{
    private const uint FileMode = 0x1B0; // 0660: the containers of a pod share a group.
    private const uint DirectoryMode = 0x1E8; // 0750

    /// <summary>Reads a regular file; null when it does not exist. Throws when it is not regular, or longer than <paramref name="limit"/> bytes.</summary>
    public static byte[]? ReadAll(string path, int limit, bool followLinks = false)
    {
        int links = followLinks ? 0 : Libc.OpenNoFollow;
        int number = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec | links, 0);
        if (number < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            return error == Libc.ErrorNoEntry ? null : throw Descriptor.Failure($"open '{path}'", error);
        }

        using var file = new Descriptor(number);
        long length = Libc.Seek(number, 0, Libc.SeekEnd);
        if (length < 0)
        {
            throw new IOException($"'{path}' is not a regular file.");
        }

        if (length > limit)
        {
            throw new IOException($"'{path}' has {length} bytes; at most {limit} are read.");
        }

        _ = Libc.Seek(number, 0, Libc.SeekSet);
        byte[] content = new byte[length];
        int filled = 0;
        while (filled < content.Length)
        {
            int count = file.Read(content.AsSpan(filled));
            if (count <= 0)
            {
                break;
            }

            filled += count;
        }

        return filled == content.Length ? content : content[..filled];
    }

    /// <summary>Writes under a name that starts with a dot and renames, so that a reader sees all or nothing. Makes the directory when it is missing.</summary>
    public static void WriteAtomic(string directory, string name, ReadOnlySpan<byte> content)
    {
        string temporary = $"{directory}/.{name}.tmp";
        const int Flags = Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenTruncate | Libc.OpenCloseOnExec;
        int number = Libc.Open(temporary, Flags | Libc.OpenNoFollow, FileMode);
        if (number < 0 && Marshal.GetLastPInvokeError() == Libc.ErrorNoEntry)
        {
            MakeDirectories(directory);
            number = Libc.Open(temporary, Flags | Libc.OpenNoFollow, FileMode);
        }

        using (Descriptor file = Descriptor.Take(number, $"create '{temporary}'"))
        {
            file.Write(content);
        }

        string final = $"{directory}/{name}";
        if (Libc.Rename(temporary, final) != 0)
        {
            throw Descriptor.Failure($"rename '{temporary}' to '{final}'");
        }
    }

    /// <summary>Makes a directory and its parents; one that exists is fine.</summary>
    public static void MakeDirectories(string path)
    {
        if (Libc.MakeDirectory(path, DirectoryMode) == 0)
        {
            return;
        }

        int error = Marshal.GetLastPInvokeError();
        if (error == Libc.ErrorExists)
        {
            return;
        }

        int slash = path.LastIndexOf('/');
        if (error != Libc.ErrorNoEntry || slash <= 0)
        {
            throw Descriptor.Failure($"create directory '{path}'", error);
        }

        MakeDirectories(path[..slash]);
        if (Libc.MakeDirectory(path, DirectoryMode) != 0 && Marshal.GetLastPInvokeError() != Libc.ErrorExists)
        {
            throw Descriptor.Failure($"create directory '{path}'");
        }
    }

    /// <summary>Removes a file; one that is already gone is fine.</summary>
    public static void Delete(string path)
    {
        if (Libc.Unlink(path) != 0 && Marshal.GetLastPInvokeError() != Libc.ErrorNoEntry)
        {
            throw Descriptor.Failure($"delete '{path}'");
        }
    }
}
