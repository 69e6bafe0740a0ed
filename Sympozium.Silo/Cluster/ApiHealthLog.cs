using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Silo.Cluster;

/// <summary>
/// Tells the log when the API server is gone and when it is back, once each. Asks for its version every <see cref="Period"/>, so that an outage shows
/// though nothing else is being asked.
/// </summary>
internal sealed partial class ApiHealthLog(KubernetesClient client, TimeProvider time, ILogger<ApiHealthLog> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        client.Health.Changed += Tell;
        try
        {
            using var timer = new PeriodicTimer(Period, time);
            do
            {
                await AskAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            client.Health.Changed -= Tell;
        }
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.RequestAsync(new KubernetesRequest(HttpMethod.Get, "/version"), cancellationToken);
        }
        catch (KubernetesException e)
        {
            LogNoAnswer(e);
        }
    }

    private void Tell(ApiHealthChange change)
    {
        if (change.Problem is { } problem)
        {
            LogGone(problem);
        }
        else
        {
            LogBack(client.Connection.Server, change.Gone);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The API server is gone; runs go on, nothing new starts until it is back: {Problem}")]
    private partial void LogGone(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "The API server {Server} is back after {Gone}")]
    private partial void LogBack(Uri server, TimeSpan gone);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The API server did not tell its version")]
    private partial void LogNoAnswer(Exception exception);
}
