using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sympozium.LocalCluster.Pods.Logs;

/// <summary>
/// Keeps the logs of running containers below their cap. Triggered by time; a look costs one stat per running container.
/// Containers write into their files themselves, so between two looks a log may exceed the cap by what a container writes in that time.
/// </summary>
internal sealed partial class LogKeeper(PodRunner runner, LocalPodOptions options, TimeProvider time, ILogger<LogKeeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.LogCheckPeriod, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (string path in runner.RunningLogs())
            {
                Trim(path);
            }
        }
    }

    private void Trim(string path)
    {
        try
        {
            if (LogFile.Trim(path, options.MaxLogBytes))
            {
                LogTrimmed(logger, path, options.MaxLogBytes);
            }
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            LogNotTrimmed(logger, path, failed);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Path} exceeded {MaxBytes} bytes; its oldest part was given up")]
    private static partial void LogTrimmed(ILogger logger, string path, long maxBytes);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Path} cannot be kept small")]
    private static partial void LogNotTrimmed(ILogger logger, string path, Exception exception);
}
