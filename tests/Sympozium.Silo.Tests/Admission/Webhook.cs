using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions;
using Sympozium.Gateway.Admission;
using Sympozium.Gateway.Hosting;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.Silo.Tests.Admission;

/// <summary>The gateway's webhook on a port of its own, and a client that trusts the authority in its Secret and nothing else.</summary>
internal sealed class Webhook : IAsyncDisposable
{
    private readonly IHost _host;

    /// <summary>Whatever was stored at any time, and its version now; empty when it is gone.</summary>
    private readonly Dictionary<(string Kind, ResourceKey Key), string> _expected = [];

    private Webhook(IHost host)
    {
        _host = host;
        Client = new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, _) => IsTrusted((X509Certificate2)certificate!) } })
        {
            BaseAddress = Server.BaseAddress,
            Timeout = TestTimeouts.InProcess,
        };
    }

    public HttpClient Client { get; }

    /// <summary>What the client trusts, in PEM.</summary>
    public string Authorities { get; private set; } = "";

    public AdmissionServer Server => _host.Services.GetRequiredService<AdmissionServer>();

    public CertificateWorker Certificates => _host.Services.GetRequiredService<CertificateWorker>();

    public WebhookCertificates State => _host.Services.GetRequiredService<WebhookCertificates>();

    private AdmissionLookup Lookup => _host.Services.GetRequiredService<AdmissionLookup>();

    public static async Task<Webhook> StartAsync(IKubernetesClient kubernetes, Action<AdmissionOptions>? configure = null, TimeProvider? time = null, bool synced = true)
    {
        // The worker looks once, at the start; a test looks when it wants to, and neither disturbs the other.
        var options = new AdmissionOptions { Port = 0, CheckInterval = TimeSpan.FromDays(1), ReviewTimeout = TestTimeouts.WithProcesses };
        configure?.Invoke(options);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddSingleton(kubernetes);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSympoziumAdmission(options);
        IHost host = builder.Build();
        string? atFirst = host.Services.GetRequiredService<WebhookCertificates>().Problem;
        await host.StartAsync();
        var webhook = new Webhook(host);
        await WaitAsync(() => ValueTask.FromResult(webhook.State.Problem != atFirst), "the worker has looked at the certificate");
        if (options.CertificateDirectory is null)
        {
            JsonObject secret = (await kubernetes.GetAsync(CoreTypes.Secrets, options.Namespace, options.SecretName, CancellationToken.None))!;
            webhook.Authorities = Encoding.ASCII.GetString(Convert.FromBase64String((string)secret["data"]!["ca.crt"]!));
        }

        if (synced)
        {
            await WaitAsync(() => ValueTask.FromResult(webhook.Lookup.IsSynced), "all caches are filled");
        }

        return webhook;
    }

    /// <summary>Waits until the caches show what is stored, and nothing of what was before. <paramref name="next"/> is what is created then.</summary>
    public async Task CatchUpAsync(IReadOnlyList<JsonObject> stored, JsonObject next)
    {
        foreach ((string Kind, ResourceKey Key) known in _expected.Keys)
        {
            _expected[known] = "";
        }

        _expected[Identity(next)] = "";
        foreach (JsonObject item in stored)
        {
            _expected[Identity(item)] = (string)item["metadata"]!["resourceVersion"]!;
        }

        await WaitAsync(() => ShowAsync(stored), "the caches show the case's objects");
    }

    /// <summary>Instances and agents are looked up together.</summary>
    private static (string Kind, ResourceKey Key) Identity(JsonObject item) => (
        (string)item["kind"]! is "Agent" ? "SympoziumInstance" : (string)item["kind"]!,
        new ResourceKey((string?)item["metadata"]!["namespace"] ?? "", (string)item["metadata"]!["name"]!));

    private async ValueTask<bool> ShowAsync(IReadOnlyList<JsonObject> stored)
    {
        foreach (((string kind, ResourceKey key), string version) in _expected)
        {
            JsonObject? seen = kind switch
            {
                "SympoziumPolicy" => await Lookup.PolicyAsync(key, CancellationToken.None),
                "SympoziumConfig" => await Lookup.ConfigAsync(CancellationToken.None),
                "SkillPack" => await Lookup.SkillPackAsync(key, CancellationToken.None),
                "SympoziumInstance" => await Lookup.InstanceAsync(key, CancellationToken.None),
                _ => new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = version } },
            };
            if (((string?)seen?["metadata"]!["resourceVersion"] ?? "") != version)
            {
                return false;
            }
        }

        string? annotation = stored.Where(item => (string?)item["kind"] == "Namespace").Select(item => (string?)item["metadata"]!["annotations"]![SympoziumNames.PolicyAnnotation]).FirstOrDefault();
        JsonObject space = (await Lookup.NamespaceAsync("team", CancellationToken.None))!;
        return (string?)space["metadata"]!["annotations"]?[SympoziumNames.PolicyAnnotation] == annotation
            && await Lookup.LiveChildrenAsync(new ResourceKey("team", "boss"), CancellationToken.None) == stored.Count(item => (string?)item["kind"] == "AgentRun");
    }

    /// <summary>Sends a review as an API server does; returns the whole answer.</summary>
    public async Task<JsonObject> ReviewAsync(string path, string operation, JsonObject resource, JsonObject? old = null)
    {
        using HttpResponseMessage response = await PostAsync(path, Body(operation, resource, old).ToJsonString());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (JsonObject)JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    public Task<HttpResponseMessage> PostAsync(string path, string body, string type = "application/json") =>
        Client.PostAsync($"/admission/{path}", new StringContent(body, Encoding.UTF8, type));

    public static JsonObject Body(string operation, JsonObject resource, JsonObject? old = null) => new()
    {
        ["apiVersion"] = "admission.k8s.io/v1",
        ["kind"] = "AdmissionReview",
        ["request"] = new JsonObject
        {
            ["uid"] = "review-1",
            ["kind"] = new JsonObject { ["group"] = "sympozium.ai", ["version"] = "v1alpha1", ["kind"] = resource["kind"]!.DeepClone() },
            ["operation"] = operation,
            ["namespace"] = resource["metadata"]!["namespace"]?.DeepClone(),
            ["object"] = operation == "DELETE" ? null : resource.DeepClone(),
            ["oldObject"] = operation == "DELETE" ? resource.DeepClone() : old?.DeepClone(),
            ["dryRun"] = true,
        },
    };

    /// <summary>Applies the JSON patch of an answer; ours only add.</summary>
    public static void Patch(JsonObject resource, JsonNode response)
    {
        if ((string?)response["patch"] is not { } patch)
        {
            return;
        }

        Assert.Equal("JSONPatch", (string?)response["patchType"]);
        foreach (JsonNode? step in JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(patch)))!.AsArray())
        {
            Assert.Equal("add", (string?)step!["op"]);
            string[] path = ((string)step["path"]!).Split('/')[1..];
            JsonNode parent = path[..^1].Aggregate((JsonNode)resource, (node, name) => node[name]!);
            parent[path[^1]] = step["value"]!.DeepClone();
        }
    }

    public static async Task WaitAsync(Func<ValueTask<bool>> condition, string what)
    {
        using var timeout = new CancellationTokenSource(TestTimeouts.InProcess);
        try
        {
            while (!await condition())
            {
                await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, timeout.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"It did not come true in time that {what}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    private bool IsTrusted(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.ImportFromPem(Authorities);
        return chain.Build(certificate) && certificate.MatchesHostname("sympozium-webhook.sympozium-system.svc");
    }
}
