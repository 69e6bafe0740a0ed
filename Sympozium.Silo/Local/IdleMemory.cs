using Microsoft.Extensions.Hosting;

namespace Sympozium.Silo.Local;

/// <summary>
/// Gives memory back after a burst: on a laptop the control plane is idle most of the time, and the collector by itself has no reason to
/// collect while nothing allocates. Wakes by timer; does nothing unless a burst is over.
/// </summary>
internal sealed class IdleMemory(TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>Allocating less than this in a period is idle.</summary>
    private const long IdleBytes = 4L << 20;

    /// <summary>Less garbage than this is not worth a collection.</summary>
    private const long BurstBytes = 16L << 20;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        long atLastLook = 0;
        long atLastCollection = 0;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            long allocated = GC.GetTotalAllocatedBytes();
            if (allocated - atLastLook < IdleBytes && allocated - atLastCollection > BurstBytes)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                atLastCollection = allocated;
            }

            atLastLook = allocated;
        }
    }
}
