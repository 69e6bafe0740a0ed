using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Sympozium.Persistence.Postgres;

namespace Sympozium.Silo.Hosting;

/// <summary>
/// Makes the database ready before anything uses it: schema up to date, claimed for this installation. Started first. While PostgreSQL does
/// not answer it waits and says so; a newer schema or a foreign installation ends the process.
/// </summary>
internal sealed partial class GrainDatabase(
    NpgsqlDataSource dataSource, IOptions<GrainClusterOptions> options, TimeProvider time, ILogger<GrainDatabase> logger) : IHostedService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (TimeSpan pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                int migrations = await PostgresSchema.MigrateAsync(dataSource, cancellationToken);
                await PostgresInstallation.ClaimAsync(dataSource, options.Value.Installation, cancellationToken);
                LogReady(migrations);
                return;
            }
            catch (NpgsqlException e) when (IsPassing(e))
            {
                LogWaiting(e, pause);
                await Task.Delay(pause, time, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>It may answer later: it starts, stops, has no connection left, or its address is not there yet.</summary>
    private static bool IsPassing(NpgsqlException exception) => exception is not PostgresException { IsTransient: false };

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Database is ready; {Migrations} migrations ran")]
    private partial void LogReady(int migrations);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "Database does not answer; the next try is in {Pause}")]
    private partial void LogWaiting(Exception exception, TimeSpan pause);
}
