using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sympozium.Abstractions.Tracing;

namespace Sympozium.Gateway.Hosting;

/// <summary>
/// The span of a client's call: continues the caller's trace, or begins one with a call that creates a run. Calls of pods have spans of their own
/// (Broker, Bus), probes and reading have none unless the caller traces them.
/// </summary>
internal sealed class TraceMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        GatewayTelemetry.Source.HasListeners() && IsTraced(context.Request) ? TraceAsync(context) : next(context);

    private static bool IsTraced(HttpRequest request) =>
        (request.Path.StartsWithSegments("/v1") || request.Path.StartsWithSegments("/api"))
        && (HttpMethods.IsPost(request.Method) || request.Headers.ContainsKey("traceparent"));

    private async Task TraceAsync(HttpContext context)
    {
        // The server's own activity is not exported; below it the caller's span would be lost as the parent.
        Activity? server = Activity.Current;
        Activity.Current = null;
        try
        {
            HttpRequest request = context.Request;
            ActivityContext.TryParse(request.Headers.TraceParent, request.Headers.TraceState, isRemote: true, out ActivityContext caller);
            KeyValuePair<string, object?>[] tags =
            [
                new("http.request.method", request.Method),
                new("url.path", request.Path.Value),
                new("url.scheme", request.Scheme),
                new(TraceAttributes.TraceStart, "http"),
            ];
            using Activity? span = GatewayTelemetry.Source.StartActivity(ActivityKind.Server, caller, tags, name: $"{request.Method} {request.Path}");
            await next(context);
            Describe(span, context);
        }
        finally
        {
            Activity.Current = server;
        }
    }

    private static void Describe(Activity? span, HttpContext context)
    {
        int status = context.Response.StatusCode;
        span?.SetTag("http.response.status_code", status);
        if (context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route } && span is not null)
        {
            span.DisplayName = $"{context.Request.Method} {route}";
            span.SetTag("http.route", route);
        }

        if (status >= StatusCodes.Status500InternalServerError)
        {
            span?.SetStatus(ActivityStatusCode.Error);
            span?.SetTag(TraceAttributes.Error, status.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
