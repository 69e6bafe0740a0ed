using System.Diagnostics;

namespace Sympozium.Benchmarks.Runs;

/// <summary>What starting the processes of a pod costs without a control plane: two sandboxed runners at once, until both have ended.</summary>
internal static class ProcessBaseline
{
    public static async Task<TimeSpan> MeasureAsync()
    {
        long start = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(StartAsync(), StartAsync());
        return TimeProvider.System.GetElapsedTime(start);
    }

    private static async Task StartAsync()
    {
        var start = new ProcessStartInfo("bwrap") { RedirectStandardOutput = true, UseShellExecute = false };
        string runner = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "runner"));
        string[] arguments =
        [
            "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--uid", "1000", "--gid", "1000",
            "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--ro-bind", runner, "/tmp/runner", "/tmp/runner/sympozium-runner", "--version",
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The baseline's process ended with exit code {process.ExitCode}; does bubblewrap work here?");
        }
    }
}
