using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Sympozium.Conformance.Tests.Running;

/// <summary>The admission webhooks of all cases: one HTTPS server; a path is the case's random word and the behaviour's name.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, JsonObject> _behaviours = new();
    private readonly ConcurrentDictionary<string, JsonObject> _last = new();
    private readonly X509Certificate2 _certificate;
    private readonly WebApplication _server;

    private WebhookReceiver(IPAddress host)
    {
        _certificate = Certificate(host);
        Authority = Convert.ToBase64String(Encoding.UTF8.GetBytes(_certificate.ExportCertificatePem() + "\n"));
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.IsLoopback(host) ? host : IPAddress.Any, 0, l => l.UseHttps(_certificate)));
        builder.WebHost.UseKestrelHttpsConfiguration();
        _server = builder.Build();
        _server.Run(AnswerAsync);
    }

    /// <summary>Host and port.</summary>
    public string Address { get; private set; } = "";

    /// <summary>What a webhook configuration's caBundle has to hold.</summary>
    public string Authority { get; }

    /// <summary>Listens where <paramref name="host"/> leads to.</summary>
    public static async Task<WebhookReceiver> StartAsync(IPAddress host)
    {
        WebhookReceiver receiver = new(host);
        await receiver._server.StartAsync();
        receiver.Address = new UriBuilder(receiver._server.Urls.Single()) { Host = host.ToString() }.Uri.Authority;
        return receiver;
    }

    /// <summary>Adds a case's behaviours.</summary>
    public void Add(string suffix, JsonObject behaviours)
    {
        foreach ((string name, JsonNode? behaviour) in behaviours)
        {
            _behaviours[$"/{suffix}/{name}"] = behaviour!.AsObject();
        }
    }

    /// <summary>The last review that a behaviour received; null before the first.</summary>
    public JsonObject? LastCall(string suffix, string name) => _last.GetValueOrDefault($"/{suffix}/{name}");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _certificate.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        if (!_behaviours.TryGetValue(path, out JsonObject? behaviour))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        JsonObject review = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!.AsObject();
        _last[path] = review;
        if ((double?)behaviour["delay"] is { } delay)
        {
            await Task.Delay(TimeSpan.FromSeconds(delay), TimeProvider.System, context.RequestAborted);
        }

        context.Response.StatusCode = (int?)behaviour["http_status"] ?? StatusCodes.Status200OK;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync((string?)behaviour["raw"] ?? Answer(behaviour, review).ToJsonString(), context.RequestAborted);
    }

    private static JsonObject Answer(JsonObject behaviour, JsonObject review)
    {
        JsonObject response = (JsonObject)behaviour.DeepClone();
        foreach (string own in new[] { "delay", "http_status", "patch" })
        {
            response.Remove(own);
        }

        response["uid"] = (behaviour["uid"] ?? review["request"]!["uid"])?.DeepClone();
        if (behaviour["patch"] is { } patch)
        {
            response["patchType"] = "JSONPatch";
            response["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(patch.ToJsonString()));
        }

        return new JsonObject { ["apiVersion"] = "admission.k8s.io/v1", ["kind"] = "AdmissionReview", ["response"] = response };
    }

    private static X509Certificate2 Certificate(IPAddress host)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=kit webhook", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }
}
