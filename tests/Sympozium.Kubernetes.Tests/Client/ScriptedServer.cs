using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Client;
using Sympozium.Kubernetes.Client.Tls;

namespace Sympozium.Kubernetes.Tests.Client;

/// <summary>A real HTTP server on a free port that answers as a test says.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private ScriptedServer(WebApplication application) => _application = application;

    public Uri Address => new(_application.Urls.First());

    public static async Task<ScriptedServer> StartAsync(
        RequestDelegate answer, X509Certificate2? certificate = null, HttpProtocols protocols = HttpProtocols.Http1, bool wantClientCertificate = false)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocols;
            if (certificate is not null)
            {
                listen.UseHttps(https =>
                {
                    https.ServerCertificate = certificate;
                    https.ClientCertificateMode = wantClientCertificate ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.NoCertificate;
                    https.ClientCertificateValidation = (_, _, _) => true;
                });
            }
        }));
        WebApplication application = builder.Build();
        application.Run(answer);
        await application.StartAsync();
        return new ScriptedServer(application);
    }

    public KubernetesClient Connect(KubernetesClientOptions? options = null) =>
        new(new ClusterConnection { Server = Address }, options ?? new KubernetesClientOptions(), TimeProvider.System);

    /// <summary>A client that trusts <paramref name="authority"/>.</summary>
    public KubernetesClient Connect(X509Certificate2 authority, KubernetesClientOptions? options = null) => new(
        new ClusterConnection { Server = Address, Trust = new FixedTrust([authority]) }, options ?? new KubernetesClientOptions(), TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
    }
}
