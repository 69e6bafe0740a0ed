using Microsoft.AspNetCore.Http;

namespace Sympozium.Gateway.Runs;

/// <summary>What all streams of server-sent events have in common.</summary>
internal static class EventStream
{
    /// <summary>A comment: clients skip it, proxies see that the connection lives.</summary>
    public static ReadOnlySpan<byte> Heartbeat => ": ping\n\n"u8;

    /// <summary>Sets the headers; proxies are told not to buffer.</summary>
    public static void Begin(HttpResponse response)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
    }
}
