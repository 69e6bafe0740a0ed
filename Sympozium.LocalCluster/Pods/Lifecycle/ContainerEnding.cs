using System.Text;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>Finds out how a container ended, from its record, its wait status, its termination message and its log.</summary>
internal sealed class ContainerEnding(PodServices services, string uid, PodContainer container)
{
    private const int SignalMask = 0x7F;
    private const int SignalBase = 128;

    /// <summary>What a termination message may be at most, and what is taken of a log instead: those of the kubelet.</summary>
    private const int MaxMessageBytes = 4096;
    private const int MaxLogBytes = 2048;
    private const int MaxLogLines = 80;

    private string LogFile => services.Paths.Log(uid, container.Name, container.Restarts);

    /// <summary>How a container ended whose outer process is gone.</summary>
    public ContainerEnd Observe(DateTimeOffset now)
    {
        ExitRecord record = ExitRecord.Read(container.Process!.RecordFile);
        if (record.ExitCode is { } code)
        {
            return End(code, container.StartedAt, now);
        }

        // The outer process said nothing: it was killed, or it could not even start the command.
        int? waitStatus = container.Process.Ended.IsCompletedSuccessfully ? container.Process.Ended.GetAwaiter().GetResult() : null;
        if (waitStatus is { } status)
        {
            int signal = status & SignalMask;
            return signal != 0 ? End(SignalBase + signal, container.StartedAt, now) : NotStarted(LastLine(), now);
        }

        return services.Sandbox.HasPidNamespace && LastLine() is { } line && line.StartsWith("bwrap:", StringComparison.Ordinal)
            ? NotStarted(line, now)
            : End(ContainerEnd.KilledCode, container.StartedAt, now);
    }

    /// <summary>How a container ended while no control plane ran.</summary>
    public ContainerEnd OfLost(ContainerState state, DateTimeOffset now)
    {
        ExitRecord record = ExitRecord.Read(services.Paths.Record(uid, container.Name, state.Restarts));
        return record.ExitCode is { } code
            ? End(code, state.StartedAt, record.WrittenAt)
            : new ContainerEnd(
                ContainerEnd.KilledCode, ContainerEnd.Unknown,
                "The container's processes were gone, without a record of their exit, when the control plane returned.", state.StartedAt, now);
    }

    private ContainerEnd End(int code, DateTimeOffset startedAt, DateTimeOffset now)
    {
        bool outOfMemory = code != 0 && (container.IsOutOfMemory || services.Groups.MemoryKills(services.Paths.Marker(uid, container.Name, container.Restarts)) > 0);
        string reason = code == 0 ? ContainerEnd.Completed : outOfMemory ? ContainerEnd.OutOfMemory : ContainerEnd.Error;
        return new ContainerEnd(code, reason, Message(code), startedAt, now);
    }

    /// <summary>The runtime reports no start of what never ran.</summary>
    private ContainerEnd NotStarted(string? why, DateTimeOffset now) =>
        new(ContainerEnd.StartErrorCode, ContainerEnd.StartError, container.Process?.StartProblem ?? CommandLookup.OfSandbox(why), DateTimeOffset.UnixEpoch, now);

    private string? Message(int code)
    {
        string written = Tail(services.Paths.Message(uid, container.Name, container.Restarts), MaxMessageBytes);
        if (written.Length > 0 || code == 0 || container.Spec.TerminationMessagePolicy != "FallbackToLogsOnError")
        {
            return written.Length > 0 ? written : null;
        }

        string[] lines = Tail(LogFile, MaxLogBytes).Split('\n');
        int last = lines.Length - (lines[^1].Length == 0 ? 1 : 0);
        string log = string.Join('\n', lines[Math.Max(0, last - MaxLogLines)..]);
        return log.Length > 0 ? log : null;
    }

    private string? LastLine()
    {
        string tail = Tail(LogFile, MaxLogBytes).TrimEnd();
        return tail.Length == 0 ? null : tail.Split('\n')[^1];
    }

    private static string Tail(string path, int maxBytes)
    {
        if (!File.Exists(path))
        {
            return "";
        }

        using FileStream file = File.OpenRead(path);
        file.Seek(-Math.Min(file.Length, maxBytes), SeekOrigin.End);
        byte[] tail = new byte[maxBytes];
        int length = file.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false);
        return Encoding.UTF8.GetString(tail, 0, length);
    }
}
