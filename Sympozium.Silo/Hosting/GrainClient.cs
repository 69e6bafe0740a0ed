using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans;
using Orleans.Hosting;

namespace Sympozium.Silo.Hosting;

/// <summary>
/// The connection of a process that holds no grains to the silos. It has a host of its own, so that the process is up (and says that it is not
/// ready) before the first silo is, and so that it outlives those who call grains. It tries until a silo answers.
/// </summary>
internal sealed partial class GrainClient : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly IHost _host;
    private readonly ILogger<GrainClient> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task? _connecting;
    private int _silos = -1;

    public GrainClient(IOptions<GrainClusterOptions> options, NpgsqlDataSource database, TimeProvider time, ILoggerFactory loggers)
    {
        _logger = loggers.CreateLogger<GrainClient>();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(time);
        builder.UseOrleansClient(client =>
        {
            OrleansGrainRuntime.ConfigureClient(client, options.Value, database);
            client.AddGatewayCountChangedHandler((_, change) => Volatile.Write(ref _silos, change.NumberOfConnectedGateways));
            client.UseConnectionRetryFilter(async (exception, cancellationToken) =>
            {
                LogNoSilo(exception, Pause);
                await Task.Delay(Pause, time, cancellationToken);
                return true;
            });
        });
        _host = builder.Build();
        Grains = _host.Services.GetRequiredService<IClusterClient>();
    }

    /// <summary>Makes references to grains.</summary>
    public IGrainFactory Grains { get; }

    /// <summary>Whether a silo has answered and not all are gone since; else calls fail.</summary>
    public bool IsConnected => _connecting is { IsCompletedSuccessfully: true } && Volatile.Read(ref _silos) != 0;

    /// <summary>Completes when the first silo has answered.</summary>
    public Task Connected => _connecting ?? throw new InvalidOperationException("The client is not started.");

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _connecting = _host.StartAsync(_stopping.Token);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        if (_connecting is not { } connecting)
        {
            return;
        }

        try
        {
            await connecting;
        }
        catch (OperationCanceledException)
        {
            // No silo has ever answered.
            return;
        }

        await _host.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _stopping.Dispose();
        if (_host is IAsyncDisposable host)
        {
            await host.DisposeAsync();
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "No silo answers; the next try is in {Pause}")]
    private partial void LogNoSilo(Exception? exception, TimeSpan pause);
}
