using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sympozium.Cli.ControlPlanes;

/// <summary>A process that some file names by its pid. A pid may have been given to a stranger since, so signals go only to a verified one.</summary>
internal static class ProcessIdentity
{
    // The kernel gives start times in ticks of 10 ms since boot; reading both clocks adds a little.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    /// <summary>When the process started; null when there is none.</summary>
    public static DateTimeOffset? StartTime(int pid)
    {
        try
        {
            using Process process = Process.GetProcessById(pid);
            return process.HasExited || IsZombie(pid) ? null : new DateTimeOffset(process.StartTime).ToUniversalTime();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Whether the process lives, started before <paramref name="recorded"/> and has <paramref name="argument"/> on its command line.</summary>
    public static bool IsSame(int pid, DateTimeOffset recorded, string argument) =>
        StartTime(pid) is { } started && started <= recorded + Tolerance && HasArgument(pid, argument);

    /// <summary>Sends SIGTERM, or SIGKILL; false when the process is gone or not ours.</summary>
    public static bool Signal(int pid, bool kill) => NativeKill(pid, kill ? 9 : 15) == 0;

    // A zombie still has a pid until its parent asks for its exit code, but it runs no more.
    private static bool IsZombie(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            int end = stat.LastIndexOf(')');
            return end > 0 && end + 2 < stat.Length && stat[end + 2] is 'Z' or 'X';
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool HasArgument(int pid, string argument)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0').Contains(argument);
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
        {
            // No /proc on this system; the start time has to do.
            return !Directory.Exists("/proc/self");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeKill(int pid, int signal);
}
