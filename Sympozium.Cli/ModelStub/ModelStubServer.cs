using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Sympozium.Cli.ModelStub;

/// <summary>
/// A scripted model behind HTTP: OpenAI Chat Completions under <c>/v1/chat/completions</c>, Anthropic Messages under
/// <c>/v1/messages</c>. Deterministic: the answer depends on the request and the script, except that an error with <c>times</c> counts.
/// </summary>
public sealed class ModelStubServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RequestLog _log;
    private readonly TimeProvider _time;

    private ModelStubServer(ModelScript script, ModelStubOptions options)
    {
        _time = options.TimeProvider;
        _log = new RequestLog(options.RecordFile, options.MaxRecordedRequests);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(options.Address, options.Port);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        if (script.Scenarios.SelectMany(scenario => scenario.Turns).Any(turn => turn.BreakAfter is not null))
        {
            // A flush then waits until the socket has it all, so what comes before a break has left when the connection is cut.
            builder.WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = 1);
        }

        _app = builder.Build();
        _app.Run(new ModelStubHandler(script, _log, _time).HandleAsync);
    }

    /// <summary>For example <c>http://127.0.0.1:41234/</c>.</summary>
    public Uri BaseAddress { get; private set; } = null!;

    /// <summary>What goes into <c>OPENAI_BASE_URL</c>.</summary>
    public string OpenAiBaseUrl => $"{BaseAddress}v1";

    /// <summary>The latest requests, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> Requests => _log.Requests;

    /// <summary>Starts a server for the script in <paramref name="yaml"/> on a free port.</summary>
    public static Task<ModelStubServer> StartAsync(string yaml, CancellationToken cancellationToken = default) =>
        StartAsync(ModelScriptReader.Read(yaml, "inline"), new ModelStubOptions(), cancellationToken);

    /// <summary>Starts a server.</summary>
    /// <exception cref="IOException">The port is taken or the record file cannot be written.</exception>
    public static async Task<ModelStubServer> StartAsync(ModelScript script, ModelStubOptions options, CancellationToken cancellationToken)
    {
        var server = new ModelStubServer(script, options);
        try
        {
            await server._app.StartAsync(cancellationToken);
            server.BaseAddress = new Uri(server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The first request, past or to come, that <paramref name="wanted"/> accepts (any, when null).</summary>
    /// <exception cref="TimeoutException">None came in time; the message lists what came instead.</exception>
    public async Task<RecordedRequest> WaitForRequestAsync(TimeSpan timeout, Func<RecordedRequest, bool>? wanted = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _log.WaitForAsync(wanted ?? (static _ => true)).WaitAsync(timeout, _time, cancellationToken);
        }
        catch (TimeoutException late)
        {
            string seen = string.Join(", ", Requests.Select(request => $"{request.Method} {request.Path}"));
            throw new TimeoutException($"The scripted model got no such request within {timeout}. It got: {(seen.Length == 0 ? "none" : seen)}.", late);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using (var now = new CancellationTokenSource())
        {
            // Hanging answers never end by themselves: do not wait for them.
            await now.CancelAsync();
            await _app.StopAsync(now.Token);
        }

        await _app.DisposeAsync();
        await _log.DisposeAsync();
    }
}
