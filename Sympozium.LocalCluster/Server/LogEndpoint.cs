using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server;

/// <summary>Streams a container's log as plain text.</summary>
internal sealed class LogEndpoint(ObjectVerbs verbs, ServerLifetime lifetime, Func<IPodLogs> logs)
{
    private const int BufferBytes = 16 * 1024;

    public async Task HandleAsync(ApiRequest request)
    {
        string ns = request.Path.Namespace!;
        string name = request.Path.Name!;
        verbs.Reader.Get(request.Kind, ns, name);
        bool follow = QueryOptions.Flag(request.Query, "follow");
        long? tail = QueryOptions.Number(request.Query, "tailLines");
        LogOptions options = new(
            request.Query["container"].ToString() is { Length: > 0 } container ? container : null, follow, tail is null ? null : (int)Math.Clamp(tail.Value, 0, int.MaxValue));
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(request.Aborted, lifetime.Stopping);
        await using Stream log = await logs().OpenAsync(ns, name, options, end.Token);
        HttpResponse response = request.Context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/plain";
        await response.StartAsync(end.Token);
        byte[] buffer = new byte[BufferBytes];
        long left = QueryOptions.Number(request.Query, "limitBytes") ?? long.MaxValue;
        try
        {
            int read;
            while (left > 0 && (read = await log.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), end.Token)) > 0)
            {
                left -= read;
                await response.BodyWriter.WriteAsync(buffer.AsMemory(0, read), end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The reader went away or the server stops: the text just ends.
            return;
        }
    }
}
