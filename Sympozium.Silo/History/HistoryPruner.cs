using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions.History;
using Sympozium.Persistence.History;

namespace Sympozium.Silo.History;

/// <summary>
/// Forgets what is older than <see cref="HistoryOptions"/> keep. Runs at the start and then regularly; several processes may do it at
/// once, since each step removes what is there. A failure is logged and the next round is the retry.
/// </summary>
internal sealed partial class HistoryPruner(
    IRunHistory history, IUsageLedger usage, ISessionStore sessions, HistoryOptions options, TimeProvider time, ILogger<HistoryPruner> logger)
    : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.PruneEvery, time);
        do
        {
            try
            {
                await PruneAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure, options.PruneEvery);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task PruneAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        int runs = await history.PruneAsync(now - options.KeepRuns, cancellationToken);
        int calls = await usage.PruneUsageAsync(now - options.KeepUsage, cancellationToken);
        int gone = await sessions.PruneSessionsAsync(now - options.KeepSessions, cancellationToken);
        if (runs + calls + gone > 0)
        {
            LogPruned(runs, calls, gone);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Forgot {Runs} old runs, {Calls} old model calls and {Sessions} old sessions")]
    private partial void LogPruned(int runs, int calls, int sessions);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Removing old history failed; it is tried again in {Pause}")]
    private partial void LogFailed(Exception exception, TimeSpan pause);
}
