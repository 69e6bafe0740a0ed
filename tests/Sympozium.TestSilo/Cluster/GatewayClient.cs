using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Sympozium.Silo.Hosting;
using Sympozium.Testing;

namespace Sympozium.TestSilo.Cluster;

/// <summary>The client that a gateway has, on the product's composition.</summary>
public sealed class GatewayClient : IAsyncDisposable
{
    private readonly IHost _host;

    private GatewayClient(IHost host)
    {
        _host = host;
    }

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public static async Task<GatewayClient> StartAsync(string database)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddGrainClient(options =>
        {
            options.Database = database;
            options.Installation = "test";
        });
        var client = new GatewayClient(builder.Build());
        await client._host.StartAsync();
        await client._host.Services.GetRequiredService<GrainClient>().Connected.WaitAsync(TestTimeouts.WithProcesses);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
