using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sympozium.LocalCluster.Tests.Admission;

/// <summary>A real HTTPS server whose paths are webhooks that tests define.</summary>
internal sealed class WebhookServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Func<HttpContext, JsonObject, Task>> _answers = new();
    private readonly X509Certificate2 _certificate;
    private readonly WebApplication _server;

    private WebhookServer(string host)
    {
        _certificate = Certificate(host);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttps(_certificate);
        }));
        _server = builder.Build();
        _server.Run(HandleAsync);
    }

    public int Port { get; private set; }

    /// <summary>What a <c>caBundle</c> has to hold.</summary>
    public string Authority => Convert.ToBase64String(Encoding.UTF8.GetBytes(_certificate.ExportCertificatePem() + "\n"));

    /// <summary>Every review that was received.</summary>
    public ConcurrentQueue<JsonObject> Reviews { get; } = new();

    /// <param name="host">Name or address that the certificate is for.</param>
    public static async Task<WebhookServer> StartAsync(string host = "127.0.0.1")
    {
        WebhookServer server = new(host);
        await server._server.StartAsync();
        server.Port = new Uri(server._server.Urls.Single()).Port;
        return server;
    }

    /// <summary>An answer made of the response's fields; the uid is added.</summary>
    public void Answer(string path, Func<JsonObject, JsonObject> respond) => _answers[path] = (context, review) =>
    {
        JsonObject response = respond(review);
        response["uid"] ??= review["request"]!["uid"]!.DeepClone();
        return context.Response.WriteAsync(new JsonObject { ["apiVersion"] = "admission.k8s.io/v1", ["kind"] = "AdmissionReview", ["response"] = response }.ToJsonString());
    };

    public void AnswerRaw(string path, Func<HttpContext, Task> respond) => _answers[path] = (context, _) => respond(context);

    public static JsonObject Patch(JsonArray operations) => new()
    {
        ["allowed"] = true,
        ["patchType"] = "JSONPatch",
        ["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(operations.ToJsonString())),
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _certificate.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        JsonObject review = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!.AsObject();
        Reviews.Enqueue(review);
        if (_answers.TryGetValue(context.Request.Path.Value!, out Func<HttpContext, JsonObject, Task>? answer))
        {
            await answer(context, review);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }

    private static X509Certificate2 Certificate(string host)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=webhook", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }
}
