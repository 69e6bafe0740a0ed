using System.Collections.Immutable;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sympozium.Testing.Otlp;

/// <summary>A collector: takes traces by OTLP over HTTP with protobuf, and over gRPC without TLS, and keeps them.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private const string GrpcPath = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

    /// <summary>Bytes before a gRPC message: one flag and its length.</summary>
    private const int GrpcPrefix = 5;

    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private ImmutableList<ReceivedSpan> _spans = [];
    private ImmutableList<byte[]> _payloads = [];
    private ImmutableDictionary<string, string> _headers = ImmutableDictionary<string, string>.Empty;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>For <c>OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf</c>.</summary>
    public string HttpEndpoint => _app.Urls.First();

    /// <summary>For <c>OTEL_EXPORTER_OTLP_PROTOCOL=grpc</c>.</summary>
    public string GrpcEndpoint => _app.Urls.Last();

    /// <summary>What came so far.</summary>
    public IReadOnlyList<ReceivedSpan> Spans => _spans;

    /// <summary>All payloads as text, to look for what must not be in them.</summary>
    public string AllText => string.Join('\n', _payloads.Select(Encoding.UTF8.GetString));

    /// <summary>Headers of the last request.</summary>
    public IReadOnlyDictionary<string, string> Headers => _headers;

    public static async Task<OtlpReceiver> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        WebApplication app = builder.Build();
        var receiver = new OtlpReceiver(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>Waits until the spans are as wanted.</summary>
    public async Task<IReadOnlyList<ReceivedSpan>> WaitAsync(Func<IReadOnlyList<ReceivedSpan>, bool> wanted)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (wanted(_spans))
                {
                    return _spans;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException($"The spans did not become as wanted:\n{string.Join('\n', _spans)}", e);
            }
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        bool isGrpc = context.Request.Path == GrpcPath;
        if (!isGrpc && context.Request.Path != "/v1/traces")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        byte[] payload = isGrpc ? body.ToArray()[GrpcPrefix..] : body.ToArray();
        IReadOnlyList<ReceivedSpan> spans = TracePayload.Read(payload);
        lock (_lock)
        {
            _spans = _spans.AddRange(spans);
            _payloads = _payloads.Add(payload);
            _headers = context.Request.Headers.ToImmutableDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            TaskCompletionSource changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            changed.SetResult();
        }

        if (isGrpc)
        {
            context.Response.ContentType = "application/grpc";
            context.Response.DeclareTrailer("grpc-status");
            await context.Response.Body.WriteAsync(new byte[GrpcPrefix], context.RequestAborted);
            context.Response.AppendTrailer("grpc-status", "0");
        }
        else
        {
            context.Response.ContentType = "application/x-protobuf";
        }
    }
}
