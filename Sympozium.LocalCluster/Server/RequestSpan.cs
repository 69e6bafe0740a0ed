using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Sympozium.LocalCluster.Server;

/// <summary>
/// Spans of writes of custom resources, as a Kubernetes API server has them: <c>kubectl apply</c> begins a trace with it, or continues the one of a client
/// that sends a <c>traceparent</c>. Reads and built-in kinds have none.
/// </summary>
internal static class RequestSpan
{
    private static readonly ActivitySource Source = new("Sympozium.LocalCluster");

    /// <summary>Answers a request inside its span, when it has one.</summary>
    public static Task HandleAsync(ApiRequest request, Func<ApiRequest, Task> handle) =>
        Source.HasListeners() && request.Kind.IsCustom && request.Path.Subresource is null && !HttpMethods.IsGet(request.Context.Request.Method)
            ? TraceAsync(request, handle)
            : handle(request);

    private static async Task TraceAsync(ApiRequest request, Func<ApiRequest, Task> handle)
    {
        HttpRequest http = request.Context.Request;
        string route = $"/apis/{request.Path.Group}/{request.Path.Version}/{(request.Kind.Type.Namespaced ? "namespaces/{namespace}/" : "")}{request.Path.Plural}{(request.Path.Name is null ? "" : "/{name}")}";
        ActivityContext.TryParse(http.Headers.TraceParent, http.Headers.TraceState, isRemote: true, out ActivityContext caller);
        KeyValuePair<string, object?>[] tags =
        [
            new("http.request.method", http.Method),
            new("http.route", route),
            new("url.path", http.Path.Value),
            new("url.scheme", http.Scheme),
            new("k8s.namespace.name", request.Path.Namespace),
            new("sympozium.trace.start", "kubernetes"),
        ];

        // The server's own activity is not exported; below it the caller's span would be lost as the parent.
        Activity? server = Activity.Current;
        Activity.Current = null;
        try
        {
            using Activity? span = Source.StartActivity(ActivityKind.Server, caller, tags, name: $"{http.Method} {route}");
            try
            {
                await handle(request);
            }
            catch (Kubernetes.Api.KubernetesException refusal)
            {
                span?.SetTag("http.response.status_code", (int)refusal.Code);
                span?.SetTag("error.type", refusal.Reason);
                throw;
            }

            span?.SetTag("http.response.status_code", request.Context.Response.StatusCode);
        }
        finally
        {
            Activity.Current = server;
        }
    }
}
