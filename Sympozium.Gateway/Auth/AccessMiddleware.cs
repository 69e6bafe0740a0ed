using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sympozium.Gateway.OpenAi;

namespace Sympozium.Gateway.Auth;

/// <summary>Enforces the <see cref="AccessMetadata"/> of the chosen endpoint; an endpoint without a decision is refused.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, ClientToken clientToken, RunTokenVerifier runTokens)
{
    private const string Scheme = "Bearer ";

    public async Task InvokeAsync(HttpContext context)
    {
        // No route, or a route with another method: there is nothing to protect, the answer is 404 or 405.
        if (context.GetEndpoint() is not RouteEndpoint endpoint)
        {
            await next(context);
            return;
        }

        switch (endpoint.Metadata.GetMetadata<AccessMetadata>()?.Access)
        {
            case Access.Anonymous:
                break;
            case Access.Client when clientToken.Matches(Presented(context)):
                break;
            case Access.Client:
                throw ApiException.Unauthorized(
                    Presented(context).Length == 0
                        ? "This needs the gateway's token: send 'Authorization: Bearer <token>' with the content of the token file."
                        : "The token in 'Authorization: Bearer ...' is not the gateway's; take the content of the token file.");
            case Access.Run:
                string token = Presented(context).ToString();
                VerifiedRun run = await runTokens.VerifyAsync(token, context.RequestAborted)
                    ?? throw ApiException.Unauthorized("The run token is missing, wrong, expired, or its run does not exist any more.");
                context.Features.Set(run.Token);
                context.Features.Set(run.Trace);
                break;
            default:
                throw new ApiException(403, ErrorTypes.InvalidRequest, "access_denied", "This endpoint has no access rule and is closed.");
        }

        await next(context);
    }

    private static ReadOnlySpan<char> Presented(HttpContext context)
    {
        string? header = context.Request.Headers.Authorization;
        return header is not null && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header.AsSpan(Scheme.Length).Trim() : default;
    }
}
