using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server.Streaming;

/// <summary>The subresources of pods that are conversations: exec, attach, portforward.</summary>
internal sealed class SessionEndpoint(ObjectVerbs verbs, ServerLifetime lifetime, Func<IPodSessions> sessions, ILogger logger)
{
    private readonly ExecEndpoint _exec = new(verbs, lifetime, sessions);
    private readonly PortForwardEndpoint _ports = new(verbs, lifetime, sessions, logger);

    public Task HandleAsync(ApiRequest request) => request.Context.Request.Method switch
    {
        _ when !HttpMethods.IsGet(request.Context.Request.Method) && !HttpMethods.IsPost(request.Context.Request.Method) => throw Refusals.MethodNotAllowed(),
        _ when request.Path.Subresource == "portforward" => _ports.HandleAsync(request),
        _ => _exec.HandleAsync(request),
    };
}
