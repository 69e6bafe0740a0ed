using System.Diagnostics;

namespace Sympozium.Cli.ControlPlanes;

/// <summary>
/// A process in a session of its own that outlives this terminal. The shell only redirects and then becomes the program, so its pid is
/// the pid that <see cref="Process.Start(ProcessStartInfo)"/> returns.
/// </summary>
internal static class DetachedProcess
{
    private const string Script = """
        log=$1; shift
        exec </dev/null >>"$log" 2>&1
        if command -v setsid >/dev/null 2>&1; then exec setsid "$@"; else exec nohup "$@"; fi
        """;

    /// <summary>How to start it; the caller appends the program's arguments.</summary>
    public static ProcessStartInfo Prepare(string executable, string logFile)
    {
        MakePrivate(logFile);
        return new("/bin/sh") { UseShellExecute = false, ArgumentList = { "-c", Script, "sh", logFile, executable } };
    }

    // The directory may let others in, and a log may name what is not theirs.
    private static void MakePrivate(string logFile)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        FileStreamOptions options = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = OwnerOnly };
        new FileStream(logFile, options).Dispose();
        File.SetUnixFileMode(logFile, OwnerOnly);
    }
}
