using System.Text;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>Finds out how a container ended, from its record, its wait status and its log.</summary>
internal static class ContainerEnding
{
    private const int SignalMask = 0x7F;
    private const int SignalBase = 128;
    private const int MaxMessageBytes = 2048;

    /// <summary>How the container ended.</summary>
    /// <param name="container">A container whose outer process is gone.</param>
    /// <param name="waitStatus">What waiting for it gave; null when it was not our child.</param>
    /// <param name="sandboxed">Whether a sandbox had to be built first.</param>
    /// <param name="logFile">Its log.</param>
    /// <param name="now">The time.</param>
    public static ContainerEnd Of(PodContainer container, int? waitStatus, bool sandboxed, string logFile, DateTimeOffset now)
    {
        ExitRecord record = ExitRecord.Read(container.Process!.RecordFile);
        if (record.ExitCode is { } code)
        {
            return End(container, code, code == 0 ? ContainerEnd.Completed : ContainerEnd.Error, null, now);
        }

        // The outer process said nothing: it was killed, or it could not even start the command.
        if (waitStatus is { } status)
        {
            int signal = status & SignalMask;
            return signal != 0
                ? End(container, SignalBase + signal, ContainerEnd.Error, null, now)
                : End(container, ContainerEnd.StartErrorCode, ContainerEnd.StartError, LastLine(logFile), now);
        }

        return sandboxed && LastLine(logFile) is { } line && line.StartsWith("bwrap:", StringComparison.Ordinal)
            ? End(container, ContainerEnd.StartErrorCode, ContainerEnd.StartError, line, now)
            : End(container, ContainerEnd.KilledCode, ContainerEnd.Error, null, now);
    }

    /// <summary>How a container ended while no control plane ran.</summary>
    public static ContainerEnd OfLost(ContainerState state, ExitRecord record, DateTimeOffset now) => record.ExitCode is { } code
        ? new ContainerEnd(code, code == 0 ? ContainerEnd.Completed : ContainerEnd.Error, null, state.StartedAt, record.WrittenAt)
        : new ContainerEnd(
            ContainerEnd.KilledCode, ContainerEnd.Unknown,
            "The container's processes were gone, without a record of their exit, when the control plane returned.", state.StartedAt, now);

    private static ContainerEnd End(PodContainer container, int code, string reason, string? message, DateTimeOffset now) =>
        new(code, reason, message, container.StartedAt, now);

    private static string? LastLine(string logFile)
    {
        if (!File.Exists(logFile))
        {
            return null;
        }

        using FileStream log = File.OpenRead(logFile);
        log.Seek(-Math.Min(log.Length, MaxMessageBytes), SeekOrigin.End);
        byte[] tail = new byte[MaxMessageBytes];
        int length = log.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false);
        return Encoding.UTF8.GetString(tail, 0, length).TrimEnd().Split('\n')[^1];
    }
}
