using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.LocalCluster.Pods.Lifecycle;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Limits;

/// <summary>
/// Where the kernel does not limit memory: ends containers that use more than they may. Triggered by time; a look costs a few files per process of a
/// container that has a limit. Between two looks a container may take any amount.
/// </summary>
internal sealed partial class MemoryKeeper(PodRunner runner, LocalPodOptions options, TimeProvider time, ILogger<MemoryKeeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.MemoryCheckPeriod, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (PodContainer container in runner.MemoryLimited())
            {
                long limit = ContainerLimits.Of(container.Spec, options).MemoryBytes!.Value;
                if (container.Process is { } process && Used(process) is var used && used > limit)
                {
                    LogOverLimit(container.Name, used, limit);
                    container.IsOutOfMemory = true;
                    ContainerSignals.KillMarked(process.Marker);
                }
            }
        }
    }

    private static long Used(ContainerProcess process) => ExitRecord.Read(process.RecordFile).InnerPid is { } inner ? Used(inner, depth: 0) : 0;

    private static long Used(int pid, int depth)
    {
        const int MaxDepth = 64;
        long used = Resident(pid);
        if (depth < MaxDepth)
        {
            foreach (int child in ProcFiles.Children(pid))
            {
                used += Used(child, depth + 1);
            }
        }

        return used;
    }

    private static long Resident(int pid)
    {
        try
        {
            string[] fields = File.ReadAllText($"/proc/{pid}/statm").Split(' ');
            return long.Parse(fields[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Container {Container} uses {UsedBytes} bytes of memory, its limit is {LimitBytes}; it is killed")]
    private partial void LogOverLimit(string container, long usedBytes, long limitBytes);
}
