using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sympozium.LocalCluster.Pods.Processes;

/// <summary>File descriptors that .NET has no type for: pipes whose ends go to different processes, and terminals.</summary>
internal static unsafe partial class Descriptors
{
    private const int CloseOnExec = 0x80000;
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;
    private const nuint SetWindowSize = 0x5414;

    /// <summary>A pipe; both ends are closed in processes that are started, unless they are given to them by number.</summary>
    public static (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        int* ends = stackalloc int[2];
        Check(Pipe2(ends, CloseOnExec));
        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>A new terminal: its controlling side, and the path of the side that programs use.</summary>
    public static (SafeFileHandle Controller, string Path) Terminal()
    {
        int fd = OpenTerminal(ReadWrite | NoControllingTerminal | CloseOnExec);
        Check(fd);
        var controller = new SafeFileHandle(fd, ownsHandle: true);
        const int MaxPath = 128;
        byte* path = stackalloc byte[MaxPath];
        if (Grant(fd) != 0 || Unlock(fd) != 0 || TerminalName(fd, path, MaxPath) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            controller.Dispose();
            throw new Win32Exception(error);
        }

        return (controller, Marshal.PtrToStringUTF8((nint)path)!);
    }

    /// <summary>The user namespace that owns the mount namespace of a process; null when it cannot be told.</summary>
    public static SafeFileHandle? OwnerOfMounts(int pid)
    {
        const nuint OwningUserNamespace = 0xB701;
        using SafeFileHandle mounts = File.OpenHandle($"/proc/{pid}/ns/mnt");
        int owner = Control(mounts, OwningUserNamespace, null);
        return owner < 0 ? null : new SafeFileHandle(owner, ownsHandle: true);
    }

    /// <summary>Tells a terminal, and the programs on it, how large it is.</summary>
    public static void Resize(SafeFileHandle terminal, ushort columns, ushort rows)
    {
        ushort* size = stackalloc ushort[4];
        size[0] = rows;
        size[1] = columns;
        size[2] = size[3] = 0;
        _ = Control(terminal, SetWindowSize, size);
    }

    /// <summary>Reads what is there; 0 at the end, which a terminal whose programs are gone reports as an error.</summary>
    public static int Read(SafeFileHandle file, Span<byte> buffer)
    {
        const int Interrupted = 4;
        bool held = false;
        try
        {
            // Whoever disposes of it meanwhile must not free its number for another file.
            file.DangerousAddRef(ref held);
            fixed (byte* start = buffer)
            {
                while (true)
                {
                    nint count = Native.Read((int)file.DangerousGetHandle(), start, (nuint)buffer.Length);
                    if (count >= 0 || Marshal.GetLastPInvokeError() != Interrupted)
                    {
                        return (int)Math.Max(0, count);
                    }
                }
            }
        }
        finally
        {
            if (held)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Writes everything; false when nobody reads any more.</summary>
    public static bool Write(SafeFileHandle file, ReadOnlySpan<byte> bytes)
    {
        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            fixed (byte* start = bytes)
            {
                int written = 0;
                while (written < bytes.Length)
                {
                    nint count = Native.Write((int)file.DangerousGetHandle(), start + written, (nuint)(bytes.Length - written));
                    if (count <= 0)
                    {
                        return false;
                    }

                    written += (int)count;
                }
            }

            return true;
        }
        catch (ObjectDisposedException)
        {
            // The same as nobody reading any more.
            return false;
        }
        finally
        {
            if (held)
            {
                file.DangerousRelease();
            }
        }
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe2(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenTerminal(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int Grant(int fd);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(int fd);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static partial int TerminalName(int fd, byte* name, nuint length);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle fd, nuint request, void* argument);
}
