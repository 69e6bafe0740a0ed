using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server.Streaming;

/// <summary>Turns requests into WebSockets.</summary>
internal static class Upgrades
{
    /// <summary>Refuses a request that does not ask for a WebSocket with one of the protocols.</summary>
    /// <exception cref="Kubernetes.Api.KubernetesException">400.</exception>
    public static string Choose(HttpContext context, IReadOnlyList<string> protocols)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            throw Refusals.BadRequest("Upgrade request required");
        }

        IList<string> offered = context.WebSockets.WebSocketRequestedProtocols;
        return protocols.FirstOrDefault(offered.Contains)
            ?? throw Refusals.BadRequest($"unable to upgrade: the client offers [{string.Join(' ', offered)}], the server speaks [{string.Join(' ', protocols)}]");
    }

    public static Task<WebSocket> AcceptAsync(HttpContext context, string protocol)
    {
        // .NET refuses names with a slash, which Kubernetes' own have: the header is set here, and .NET told of no protocol.
        context.Response.Headers.SecWebSocketProtocol = protocol;
        return context.WebSockets.AcceptWebSocketAsync();
    }
}
