using Microsoft.Extensions.Logging;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods;

/// <summary>Ends what an earlier control plane left behind: processes nobody adopted, directories of pods that are not stored.</summary>
internal sealed partial class OrphanSweep(PodPaths paths, ILogger logger)
{
    /// <summary>Sweeps.</summary>
    /// <param name="stored">The uids of all stored pods.</param>
    /// <param name="adopted">The markers of the containers that go on.</param>
    public void Run(IReadOnlySet<string> stored, IReadOnlySet<string> adopted)
    {
        foreach ((int pid, string marker) in ProcFiles.FindMarked(paths.Owner + "/"))
        {
            if (!adopted.Contains(marker) && Native.Kill(pid, Native.SigKill) == 0)
            {
                LogKilled(logger, pid, marker);
            }
        }

        foreach (string uid in Names(paths.Pods).Concat(Names(paths.Memory)).Where(name => !name.StartsWith('.') && !stored.Contains(name)))
        {
            try
            {
                paths.Remove(uid);
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                LogNotRemoved(logger, uid, failed);
            }
        }
    }

    private static IEnumerable<string> Names(string directory) =>
        Directory.Exists(directory) ? Directory.GetDirectories(directory).Select(d => Path.GetFileName(d)) : [];

    [LoggerMessage(Level = LogLevel.Information, Message = "Killed process {Pid} of a container that nobody looks after ({Marker})")]
    private static partial void LogKilled(ILogger logger, int pid, string marker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What is left of pod {Uid} cannot be removed")]
    private static partial void LogNotRemoved(ILogger logger, string uid, Exception exception);
}
