using System.ComponentModel;
using System.Diagnostics;

namespace Sympozium.Cli.ControlPlanes;

/// <summary>Whether agents on this machine run in a bubblewrap sandbox.</summary>
internal static class Isolation
{
    private const string FullIsolation = "full";

    private const string NotWorking =
        "bubblewrap does not work here: agents run as plain processes of your user, with your files and your network in reach. "
        + "Install it (Debian: apt install bubblewrap) or allow user namespaces to isolate them";

    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>What is not isolated; null when agents run in a sandbox. As the control plane says, else as a trial shows.</summary>
    public static async Task<string?> WarningAsync(ControlPlaneStatus status, CancellationToken cancellationToken)
    {
        if (status.Isolation is { Length: > 0 } said)
        {
            return said == FullIsolation ? null : said;
        }
        return await WorksAsync(cancellationToken) ? null : NotWorking;
    }

    /// <summary>Tries what a pod needs: user, mount and pid namespaces.</summary>
    private static async Task<bool> WorksAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ProbeTimeout);
        try
        {
            using Process? probe = Process.Start(new ProcessStartInfo("bwrap")
            {
                UseShellExecute = false,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                ArgumentList = { "--unshare-user", "--unshare-pid", "--unshare-ipc", "--ro-bind", "/", "/", "--proc", "/proc", "true" },
            });
            if (probe is null)
            {
                return false;
            }
            await probe.WaitForExitAsync(limit.Token);
            return probe.ExitCode == 0;
        }
        catch (Exception e) when (e is Win32Exception || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
