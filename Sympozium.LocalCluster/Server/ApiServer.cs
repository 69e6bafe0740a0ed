using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sympozium.LocalCluster.Server;

/// <summary>Kestrel with TLS on the loopback interface.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(2);

    private readonly WebApplication _application;
    private readonly ServerLifetime _lifetime;

    private ApiServer(WebApplication application, ServerLifetime lifetime, int port)
    {
        _application = application;
        _lifetime = lifetime;
        Port = port;
    }

    public int Port { get; }

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<ApiServer> StartAsync(
        int port, X509Certificate2 certificate, ApiDispatcher dispatcher, ServerLifetime lifetime, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        // Signals are the outer process's business; the default would swallow them.
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The dispatcher counts for itself and answers with a Status.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinResponseDataRate = null;
            // One client keeps a watch open for each kind.
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1_000;
            kestrel.Listen(IPAddress.Loopback, port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.Use(next => connection => PlainHttpRefusal.HandleAsync(connection, next, TimeProvider.System));
                // Asked for, never demanded: whose certificate counts is for authentication to say.
                listen.UseHttps(certificate, https =>
                {
                    https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                    https.AllowAnyClientCertificate();
                });
            });
        });
        builder.WebHost.UseSetting(WebHostDefaults.ShutdownTimeoutKey, ((int)StopTime.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture));
        WebApplication application = builder.Build();
        application.UseWebSockets();
        application.Run(dispatcher.HandleAsync);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }

        string address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new ApiServer(application, lifetime, new Uri(address).Port);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _lifetime.Stop();
        using CancellationTokenSource limit = new(StopTime);
        await _application.StopAsync(limit.Token);
        await _application.DisposeAsync();
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
