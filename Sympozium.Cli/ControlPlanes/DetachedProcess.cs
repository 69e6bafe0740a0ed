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
    public static ProcessStartInfo Prepare(string executable, string logFile) =>
        new("/bin/sh") { UseShellExecute = false, ArgumentList = { "-c", Script, "sh", logFile, executable } };
}
