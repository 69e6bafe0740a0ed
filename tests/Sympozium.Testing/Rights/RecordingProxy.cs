using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sympozium.Testing.Rights;

/// <summary>Stands between a control plane and an API server and writes down what it asks for, in the words of RBAC.</summary>
public sealed class RecordingProxy : IAsyncDisposable
{
    private static readonly string[] NotForwarded = ["Host", "Connection", "Transfer-Encoding", "Keep-Alive"];

    private readonly TemporaryDirectory _directory = new();
    private readonly HttpMessageInvoker _target;
    private WebApplication _app = null!;

    private RecordingProxy()
    {
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        _target = new HttpMessageInvoker(handler);
    }

    /// <summary>What was asked for: <c>verb group/resource</c>.</summary>
    public ConcurrentDictionary<string, string> Used { get; } = [];

    /// <summary>A kubeconfig that leads through this proxy.</summary>
    public string Kubeconfig => _directory["kubeconfig"];

    /// <summary>Starts it before an API server; everything is sent on with this bearer token.</summary>
    public static async Task<RecordingProxy> StartAsync(string apiUrl, string token)
    {
        RecordingProxy proxy = new();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        proxy._app = builder.Build();
        proxy._app.Run(context => proxy.ForwardAsync(context, apiUrl));
        await proxy._app.StartAsync();
        await File.WriteAllTextAsync(proxy.Kubeconfig, $$$"""
            current-context: c
            clusters: [{name: c, cluster: {server: "{{{proxy._app.Urls.First()}}}"}}]
            users: [{name: u, user: {token: "{{{token}}}"}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            """);
        return proxy;
    }

    /// <summary>What a request needs a right for; null when it is about no resource (discovery, version).</summary>
    public static string? Right(string method, string path, bool watch)
    {
        string[] parts = path.Trim('/').Split('/');
        string[] rest = parts switch
        {
            ["api", _, .. string[] core] => core,
            ["apis", _, _, .. string[] grouped] => grouped,
            _ => [],
        };
        string group = parts[0] == "apis" && parts.Length > 1 ? parts[1] : "";
        if (rest is ["namespaces", _, _, ..])
        {
            rest = rest[2..];
        }

        if (rest.Length == 0)
        {
            return null;
        }

        string resource = rest.Length > 2 ? $"{rest[0]}/{rest[2]}" : rest[0];
        bool named = rest.Length > 1;
        string verb = method switch
        {
            "GET" when watch => "watch",
            "GET" => named ? "get" : "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => named ? "delete" : "deletecollection",
            _ => method,
        };
        return $"{verb} {group}/{resource}";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _target.Dispose();
        _directory.Dispose();
    }

    private async Task ForwardAsync(HttpContext context, string apiUrl)
    {
        HttpRequest request = context.Request;
        if (Right(request.Method, request.Path, request.Query["watch"] == "true") is { } right)
        {
            Used.TryAdd(right, $"{request.Method} {request.Path}");
        }

        using var message = new HttpRequestMessage(new HttpMethod(request.Method), apiUrl + request.Path.ToUriComponent() + request.QueryString);
        if (request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0)
        {
            message.Content = new StreamContent(request.Body);
        }

        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in request.Headers.Where(header => !NotForwarded.Contains(header.Key)))
        {
            if (!message.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                message.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        try
        {
            using HttpResponseMessage response = await _target.SendAsync(message, context.RequestAborted);
            context.Response.StatusCode = (int)response.StatusCode;
            foreach ((string name, IEnumerable<string> values) in response.Headers.Concat(response.Content.Headers).Where(header => !NotForwarded.Contains(header.Key)))
            {
                context.Response.Headers[name] = values.ToArray();
            }

            await context.Response.StartAsync(context.RequestAborted);
            await using Stream content = await response.Content.ReadAsStreamAsync(context.RequestAborted);
            byte[] buffer = new byte[64 * 1024];
            int read;
            while ((read = await content.ReadAsync(buffer, context.RequestAborted)) > 0)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            context.Abort();
        }
    }
}
