using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Sympozium.Persistence.Postgres;

namespace Sympozium.Silo.Hosting;

/// <summary>
/// Makes the database ready before anything uses it: schema up to date, claimed for this installation. Started first. While PostgreSQL does
/// not answer it waits and says so; a newer schema or a foreign installation ends the process. Afterwards it asks for a sign of life
/// every <see cref="Period"/>, so that an outage shows in <see cref="Problem"/>, and is logged once.
/// </summary>
internal sealed partial class GrainDatabase(
    NpgsqlDataSource dataSource, IOptions<GrainClusterOptions> options, TimeProvider time, ILogger<GrainDatabase> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Why the database is of no use now; null when it is.</summary>
    public string? Problem { get; private set; } = "is not reached yet";

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        for (TimeSpan pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                int migrations = await PostgresSchema.MigrateAsync(dataSource, cancellationToken);
                await PostgresInstallation.ClaimAsync(dataSource, options.Value.Installation, cancellationToken);
                LogReady(migrations);
                Problem = null;
                await base.StartAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException e) when (IsPassing(e))
            {
                Problem = e.Message;
                LogWaiting(e.GetBaseException().Message, pause);
                await Task.Delay(pause, time, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await using NpgsqlCommand ask = dataSource.CreateCommand("SELECT 1");
                await ask.ExecuteScalarAsync(stoppingToken);
                if (Problem is not null)
                {
                    Problem = null;
                    LogBack();
                }
            }
            catch (NpgsqlException e)
            {
                if (Problem is null)
                {
                    LogGone(e.GetBaseException().Message);
                }

                Problem = e.Message;
            }
        }
    }

    /// <summary>It may answer later: it starts, stops, has no connection left, or its address is not there yet.</summary>
    private static bool IsPassing(NpgsqlException exception) => exception is not PostgresException { IsTransient: false };

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Database is ready; {Migrations} migrations ran")]
    private partial void LogReady(int migrations);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "Database does not answer ({Reason}); the next try is in {Pause}")]
    private partial void LogWaiting(string reason, TimeSpan pause);

    [LoggerMessage(EventId = 3, Level = LogLevel.Error, Message = "Database is gone ({Reason}); grains that are awake go on, nothing is stored until it is back")]
    private partial void LogGone(string reason);

    [LoggerMessage(EventId = 4, Level = LogLevel.Information, Message = "Database is back")]
    private partial void LogBack();
}
