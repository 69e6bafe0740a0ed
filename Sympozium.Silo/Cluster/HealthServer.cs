using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sympozium.Gateway.Hosting;

namespace Sympozium.Silo.Cluster;

/// <summary>Answers <c>/healthz</c> (the process lives) and <c>/readyz</c> (it is of use; if not, one line for each thing that is missing), and <c>/metrics</c>.</summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HealthServer(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<HealthServer> StartAsync(IPAddress address, int port, IReadiness readiness, IMetricsPage metrics, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(address, port);
        });
        builder.Services.AddSingleton(loggers);
        WebApplication app = builder.Build();
        app.Run(context => AnswerAsync(context, readiness, metrics));
        await app.StartAsync(cancellationToken);
        return new HealthServer(app);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Task AnswerAsync(HttpContext context, IReadiness readiness, IMetricsPage metrics)
    {
        switch (context.Request.Path.Value)
        {
            case "/healthz" or "/livez":
                return context.Response.WriteAsync("ok", context.RequestAborted);
            case "/readyz":
                IReadOnlyList<string> missing = readiness.Missing();
                context.Response.StatusCode = missing.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                string[] lines = [.. missing, .. readiness.Degraded().Select(line => $"degraded: {line}")];
                return context.Response.WriteAsync(lines.Length == 0 ? "ok" : string.Join('\n', lines) + "\n", context.RequestAborted);
            case "/metrics":
                return metrics.WriteAsync(context);
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return context.Response.WriteAsync("There are /healthz, /readyz and /metrics here.", context.RequestAborted);
        }
    }
}
