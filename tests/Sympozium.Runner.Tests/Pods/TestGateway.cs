using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions.Events;

namespace Sympozium.Runner.Tests.Pods;

/// <summary>The gateway as a pod sees it: the broker, whose answers the test gives, and the bus, whose events it records.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<string> _inbound = Channel.CreateUnbounded<string>();
    private readonly List<BusEvent> _events = [];
    private readonly List<JsonObject> _requests = [];
    private int _publishes;

    private TestGateway(WebApplication app) => _app = app;

    /// <summary>Answers the n-th model call, from 1.</summary>
    public Func<HttpContext, int, Task> Model { get; set; } = (context, _) => ModelAnswer.Text("Hello", " world").WriteAsync(context);

    /// <summary>Status of the n-th publish, from 1, given its events.</summary>
    public Func<int, IReadOnlyList<BusEvent>, int> PublishStatus { get; set; } = (_, _) => 200;

    /// <summary>Bodies of the model calls.</summary>
    public IReadOnlyList<JsonObject> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Events that were taken, in order.</summary>
    public IReadOnlyList<BusEvent> Events
    {
        get
        {
            lock (_events)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>Base address when it listens on TCP.</summary>
    public string Address => _app.Urls.First();

    /// <summary>The token that publishes must bring.</summary>
    public string Token { get; set; } = TestPod.Token;

    public static async Task<TestGateway> StartAsync(string? socket)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (socket is null)
            {
                kestrel.Listen(System.Net.IPAddress.Loopback, 0);
            }
            else
            {
                kestrel.ListenUnixSocket(socket);
            }
        });
        WebApplication app = builder.Build();
        var gateway = new TestGateway(app);
        app.MapPost("/broker/v1/chat/completions", gateway.CompleteAsync);
        app.MapPost("/bus/v1/publish", gateway.PublishAsync);
        app.MapGet("/bus/v1/events", gateway.SendInboundAsync);
        await app.StartAsync();
        return gateway;
    }

    /// <summary>Sends a line to the pod.</summary>
    public void Send(string line) => _inbound.Writer.TryWrite(line);

    public Task WaitForEventAsync(Func<IReadOnlyList<BusEvent>, bool> condition, RunnerProcess process) =>
        TestTimes.UntilAsync(() => condition(Events), () => $"Events: {string.Join(", ", Events.Select(e => e.Id ?? e.Topic))}\nLog:\n{process.Log}");

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task CompleteAsync(HttpContext context)
    {
        Assert.Equal($"Bearer {TestPod.Token}", context.Request.Headers.Authorization);
        JsonNode? body = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        int number;
        lock (_requests)
        {
            _requests.Add(body!.AsObject());
            number = _requests.Count;
        }

        await Model(context, number);
    }

    private async Task PublishAsync(HttpContext context)
    {
        BusEvent[] batch = (await JsonSerializer.DeserializeAsync(context.Request.Body, EventsJson.Default.BusEventArray, context.RequestAborted))!;
        int status = context.Request.Headers.Authorization == $"Bearer {Token}"
            ? PublishStatus(Interlocked.Increment(ref _publishes), batch)
            : 401;
        if (status == 200)
        {
            lock (_events)
            {
                _events.AddRange(batch);
            }
        }

        context.Response.StatusCode = status;
    }

    private async Task SendInboundAsync(HttpContext context)
    {
        await context.Response.StartAsync(context.RequestAborted);
        await foreach (string line in _inbound.Reader.ReadAllAsync(context.RequestAborted))
        {
            await context.Response.WriteAsync(line + "\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
