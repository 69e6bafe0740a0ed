using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Tools;

/// <summary>Opens what <see cref="PathGuard"/> has checked, without following a link that appeared since and without hanging on a pipe.</summary>
internal static class GuardedFile
{
    /// <summary>Opens a regular file for reading.</summary>
    /// <exception cref="ToolException">It does not exist or is not a regular file.</exception>
    public static FileStream OpenRead(string path, string asGiven) => Open(path, asGiven, Libc.OpenReadOnly, FileAccess.Read);

    /// <summary>Creates or empties a regular file for writing.</summary>
    /// <exception cref="ToolException">It is not a regular file.</exception>
    public static FileStream OpenWrite(string path, string asGiven) =>
        Open(path, asGiven, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenTruncate, FileAccess.Write);

    private static FileStream Open(string path, string asGiven, int flags, FileAccess access)
    {
        int number = Libc.Open(path, flags | Libc.OpenNoFollow | Libc.OpenNonBlocking | Libc.OpenCloseOnExec, 0x1B4);
        if (number < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            throw new ToolException(
                error == Libc.ErrorNoEntry ? $"'{asGiven}' does not exist." : $"'{asGiven}' cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}.");
        }

        var handle = new SafeFileHandle(number, ownsHandle: true);
        if (Directory.Exists(path) || Libc.Seek(number, 0, Libc.SeekEnd) < 0)
        {
            handle.Dispose();
            throw new ToolException($"'{asGiven}' is not a regular file; for a directory use list_directory.");
        }

        _ = Libc.Seek(number, 0, Libc.SeekSet);
        return new FileStream(handle, access);
    }
}
