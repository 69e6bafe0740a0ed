using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sympozium.Gateway.Auth;

namespace Sympozium.Gateway.Hosting;

/// <summary>The gateway as an application of its own: Kestrel on a TCP address and, for local pods, on a Unix socket.</summary>
public sealed class GatewayApplication : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayApplication(WebApplication app)
    {
        _app = app;
    }

    /// <summary>For example <c>http://127.0.0.1:8080/</c>, with the port that was taken.</summary>
    public Uri BaseAddress { get; private set; } = null!;

    /// <summary>The bearer token of <c>/v1</c> and <c>/api</c>.</summary>
    public string Token => Services.GetRequiredService<ClientToken>().Value;

    /// <summary>The application's services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>All endpoints, for tests that walk them.</summary>
    public IReadOnlyList<Microsoft.AspNetCore.Http.Endpoint> Endpoints => ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).ToList();

    /// <summary>
    /// Starts the gateway. <paramref name="services"/> adds what it needs: <c>IGrainFactory</c>, <c>IEventBus</c>,
    /// <c>IKubernetesClient</c>, <c>IRunTokenKey</c>, and logging providers.
    /// </summary>
    /// <exception cref="IOException">The port is taken or the socket cannot be made.</exception>
    public static async Task<GatewayApplication> StartAsync(GatewayOptions options, Action<IServiceCollection> services, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
            kestrel.Listen(options.Address, options.Port);
            if (options.SocketPath is { } path)
            {
                PrepareSocket(path);
                kestrel.ListenUnixSocket(path);
            }
        });
        services(builder.Services);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownGrace);
        builder.Services.AddSympoziumGateway(options);
        WebApplication app = builder.Build();
        var gateway = new GatewayApplication(app);
        try
        {
            app.UseSympoziumGateway();
            app.MapSympoziumGateway();
            await app.StartAsync(cancellationToken);
            ICollection<string> addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
            gateway.BaseAddress = new Uri(addresses.First(address => !address.StartsWith("http://unix:", StringComparison.Ordinal)));
            if (options.SocketPath is { } path && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops taking requests and gives the running ones until <paramref name="cancellationToken"/> is cancelled.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Only the owner reaches the socket; one that a killed gateway left is removed, one that answers is not.</summary>
    private static void PrepareSocket(string path)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        if (!File.Exists(path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            File.Delete(path);
            return;
        }

        throw new IOException($"The socket '{path}' is in use by another gateway; stop it or choose another data directory.");
    }
}
