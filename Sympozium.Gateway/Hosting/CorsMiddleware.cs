using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Sympozium.Gateway.Hosting;

/// <summary>Lets pages of loopback and of the configured origins call <c>/v1</c> and <c>/api</c> from a browser.</summary>
internal sealed class CorsMiddleware(RequestDelegate next, GatewayOptions options)
{
    private const string MaxAgeSeconds = "600";

    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string? origin = request.Headers.Origin;
        if (string.IsNullOrEmpty(origin) || !(request.Path.StartsWithSegments("/v1") || request.Path.StartsWithSegments("/api")))
        {
            return next(context);
        }

        IHeaderDictionary headers = context.Response.Headers;
        headers.Vary = "Origin";
        bool allowed = IsAllowed(origin);
        if (allowed)
        {
            headers.AccessControlAllowOrigin = origin;
            headers.AccessControlExposeHeaders = "x-request-id, openai-processing-ms, retry-after, x-should-retry";
        }

        StringValues wanted = request.Headers.AccessControlRequestMethod;
        if (!HttpMethods.IsOptions(request.Method) || StringValues.IsNullOrEmpty(wanted))
        {
            return next(context);
        }

        context.Response.StatusCode = allowed ? StatusCodes.Status204NoContent : StatusCodes.Status403Forbidden;
        if (allowed)
        {
            headers.AccessControlAllowMethods = "GET, POST, PUT, PATCH, DELETE";
            headers.AccessControlAllowHeaders = StringValues.IsNullOrEmpty(request.Headers.AccessControlRequestHeaders)
                ? "authorization, content-type"
                : request.Headers.AccessControlRequestHeaders;
            headers.AccessControlMaxAge = MaxAgeSeconds;
        }

        return Task.CompletedTask;
    }

    private bool IsAllowed(string origin) =>
        options.CorsOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase)
        || options.CorsOrigins.Contains("*")
        || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.IsLoopback);
}
