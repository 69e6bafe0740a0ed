using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Storage;
using Sympozium.Persistence.Grains;
using Sympozium.Testing;

namespace Sympozium.GrainRuntime.Tests.Contract;

/// <summary>
/// A runtime with the grains of this assembly; its other half, of which one is compiled, is the one place of the contract suite that knows
/// which runtime it is. Stores and probe outlive <see cref="RestartAsync"/>, as a database would.
/// </summary>
public sealed partial class GrainCluster : IAsyncDisposable
{
    public const string StorageName = "test";

    private readonly GrainClusterOptions _options;
    private readonly InMemoryGrainStorage _storage = new(new JsonSerializerOptions { TypeInfoResolver = TestStateJsonContext.Default });

    /// <summary>What else lives as long as the stores.</summary>
    private readonly List<IAsyncDisposable> _owned = [];

    private IHost _host;

    private GrainCluster(GrainClusterOptions options)
    {
        _options = options;
        _host = Build();
    }

    public Probe Probe { get; } = new();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public IGrainStorage Storage => _storage;

    public IServiceProvider Services => _host.Services;

    public static async Task<GrainCluster> StartAsync(GrainClusterOptions? options = null)
    {
        var cluster = new GrainCluster(options ?? new GrainClusterOptions());
        await cluster._host.StartAsync();
        return cluster;
    }

    public T Grain<T>(string key)
        where T : IGrainWithStringKey => Grains.GetGrain<T>(key);

    /// <summary>Ends all grains in good order.</summary>
    public Task StopAsync() => _host.StopAsync();

    /// <summary>Stops and starts with what is stored.</summary>
    public async Task RestartAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _host = Build();
        await _host.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        foreach (IAsyncDisposable owned in _owned)
        {
            await owned.DisposeAsync();
        }
    }

    /// <summary>Adds the grain runtime, with reminders that may fire often.</summary>
    private partial void AddRuntime(HostApplicationBuilder builder);

    private IHost Build()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TestTimeouts.InProcess);
        builder.Services.AddSingleton(Probe);
        builder.Services.AddSingleton(_options.Time);
        builder.Services.AddKeyedSingleton<IGrainStorage>(StorageName, _storage);
        builder.Services.AddScoped<ScopedThing>();
        AddRuntime(builder);
        _options.Services(builder.Services);
        return builder.Build();
    }
}
