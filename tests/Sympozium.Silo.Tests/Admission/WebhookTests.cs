using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Gateway.Admission;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.Silo.Tests.Admission;

/// <summary>The webhook as an API server sees it, beyond its decisions.</summary>
public sealed class WebhookTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private AdmissionWorld _world = null!;

    public async Task InitializeAsync() => _world = await AdmissionWorld.StartAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Review_Refused_HasUidCodeReasonMessageAndCauses()
    {
        await using Webhook webhook = await Webhook.StartAsync(_world.Client);
        JsonNode response = (await webhook.ReviewAsync("validate", "CREATE", Run("{env: {PATH: /x}, timeout: soon}")))["response"]!;

        Assert.Equal(("review-1", false, 422, "Invalid"), ((string?)response["uid"], (bool?)response["allowed"], (int?)response["status"]!["code"], (string?)response["status"]!["reason"]));
        Assert.Equal(
            "spec.timeout: 'soon' is not a positive duration; write it like 90s, 5m or 1h30m\nspec.env.PATH: must not be set: it decides which code the container runs",
            (string?)response["status"]!["message"]);
        Assert.Equal(["spec.timeout", "spec.env.PATH"], response["status"]!["details"]!["causes"]!.AsArray().Select(cause => (string?)cause!["field"]));
    }

    [Fact]
    public async Task Update_OfARun_NamesTheChangedFields()
    {
        await using Webhook webhook = await Webhook.StartAsync(_world.Client);
        JsonNode refused = (await webhook.ReviewAsync("validate", "UPDATE", Run("{task: other}"), Run("{}")))["response"]!;
        JsonNode cancelled = (await webhook.ReviewAsync("validate", "UPDATE", Run("{cancel: true}"), Run("{}")))["response"]!;

        Assert.Equal((403, "Forbidden"), ((int?)refused["status"]!["code"], (string?)refused["status"]!["reason"]));
        Assert.StartsWith("spec.task: spec.task cannot be changed", (string?)refused["status"]!["message"], StringComparison.Ordinal);
        Assert.True((bool?)cancelled["allowed"]);
    }

    [Theory]
    [InlineData("", "application/json", 400, "the body is not valid JSON")]
    [InlineData("[]", "application/json", 400, "the body is not a JSON object")]
    [InlineData("{}", "application/json", 400, "expected apiVersion 'admission.k8s.io/v1'")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}""", "application/json", 400, "request is missing")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{}}""", "application/json", 400, "request.uid is missing")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"x","kind":7}}""", "application/json", 400, "request.kind is missing")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"x","kind":{},"operation":"EAT"}}""", "application/json", 400, "request.operation 'EAT' is none of")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"x","kind":{"group":"sympozium.ai"},"operation":"CREATE"}}""", "application/json", 400, "request.object is missing")]
    [InlineData("{}", "text/plain", 415, "application/json")]
    public async Task Request_ThatIsNoReview_IsToldWhy(string body, string type, int status, string text)
    {
        await using Webhook webhook = await Webhook.StartAsync(_world.Client);
        using HttpResponseMessage response = await webhook.PostAsync("validate", body, type);
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Contains(text, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_ThatIsTooLong_IsNotRead()
    {
        await using Webhook webhook = await Webhook.StartAsync(_world.Client, options => options.MaxRequestBytes = 2000);
        using HttpResponseMessage response = await webhook.PostAsync("validate", new string(' ', 3000));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("at most 2000 bytes", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Review_OfSomethingElse_IsAllowed()
    {
        await using Webhook webhook = await Webhook.StartAsync(_world.Client);
        JsonObject review = Webhook.Body("CREATE", Run("{env: {PATH: /x}}"));
        review["request"]!["kind"]!["group"] = "apps";
        using HttpResponseMessage response = await webhook.PostAsync("validate", review.ToJsonString());
        Assert.True((bool?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["response"]!["allowed"]);
    }

    [Fact]
    public async Task Review_BeforeTheCachesAreFilled_IsRefusedToBeRetried()
    {
        await using Webhook webhook = await Webhook.StartAsync(new StalledLists(_world.Client), synced: false);
        JsonNode response = (await webhook.ReviewAsync("validate", "CREATE", Run("{}")))["response"]!;
        using HttpResponseMessage ready = await webhook.Client.GetAsync("/readyz");

        Assert.Equal((false, 503, "ServiceUnavailable", 1), ((bool?)response["allowed"], (int?)response["status"]!["code"], (string?)response["status"]!["reason"], (int?)response["status"]!["details"]!["retryAfterSeconds"]));
        Assert.Contains("the cache of sympoziumpolicies.sympozium.ai is not filled yet", (string?)response["status"]!["message"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("the cache of namespaces is not filled yet", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Authority_IsWrittenIntoTheConfigurationsAndNothingElse()
    {
        await using Webhook webhook = await Webhook.StartAsync(_world.Client);
        Assert.Contains("there is no MutatingWebhookConfiguration 'sympozium': nothing asks this webhook", webhook.State.Problem, StringComparison.Ordinal);
        await WebhookRegistration.CreateAsync(_world.Client, webhook.Server.BaseAddress!);
        JsonObject[] before = await ConfigurationsAsync();

        await webhook.Certificates.CheckAsync(CancellationToken.None);
        JsonObject[] after = await ConfigurationsAsync();
        await webhook.Certificates.CheckAsync(CancellationToken.None);
        JsonObject[] later = await ConfigurationsAsync();

        Assert.Null(webhook.State.Problem);
        foreach ((JsonObject old, JsonObject now) in before.Zip(after))
        {
            var client = (JsonObject)now["webhooks"]![0]!["clientConfig"]!;
            Assert.Equal(webhook.Authorities, Encoding.ASCII.GetString(Convert.FromBase64String((string)client["caBundle"]!)));
            client.Remove("caBundle");
            Assert.True(JsonNode.DeepEquals(old["webhooks"], now["webhooks"]), now.ToJsonString());
            Assert.Contains("sympozium-webhook-ca", now["metadata"]!["managedFields"]!.AsArray().Select(entry => (string?)entry!["manager"]));
        }

        Assert.Equal(after.Select(Version), later.Select(Version));

        static string? Version(JsonObject item) => (string?)item["metadata"]!["resourceVersion"];
        async Task<JsonObject[]> ConfigurationsAsync() =>
            [.. await Task.WhenAll(WebhookRegistration.Types.Select(async type => (await _world.Client.GetAsync(type, null, "sympozium", CancellationToken.None))!))];
    }

    [Fact]
    public async Task Replicas_StartedAtOnce_ShareOneAuthority()
    {
        CertificateSecret[] replicas = [.. Enumerable.Range(0, 8).Select(_ => new CertificateSecret(_world.Client, new AdmissionOptions(), TimeProvider.System))];
        WebhookKeys[] keys = await Task.WhenAll(replicas.Select(replica => Task.Run(() => replica.EnsureAsync(CancellationToken.None))));

        Assert.Single(keys.Distinct());
        Assert.Equal(keys[0], await replicas[0].EnsureAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Certificate_InAFolder_IsReadAgainWhenItChanges()
    {
        WebhookKeys first = WebhookAuthority.Renew(null, ["sympozium-webhook.sympozium-system.svc"], TimeProvider.System.GetUtcNow());
        WebhookKeys second = WebhookAuthority.Renew(null, ["sympozium-webhook.sympozium-system.svc"], TimeProvider.System.GetUtcNow());
        Write(first);
        await using Webhook webhook = await Webhook.StartAsync(_world.Client, options => options.CertificateDirectory = _directory.Path);
        Assert.Equal(Thumbprint(first), Thumbprint(webhook));

        Write(second);
        await webhook.Certificates.CheckAsync(CancellationToken.None);
        Assert.Equal(Thumbprint(second), Thumbprint(webhook));

        await File.WriteAllTextAsync(Path.Combine(_directory.Path, "tls.crt"), "nonsense");
        await webhook.Certificates.CheckAsync(CancellationToken.None);
        Assert.Equal(Thumbprint(second), Thumbprint(webhook));
        Assert.Contains("the certificate of the webhook cannot be kept up", webhook.State.Problem, StringComparison.Ordinal);
        Assert.Null(await _world.Client.GetAsync(CoreTypes.Secrets, "sympozium-system", "sympozium-webhook-tls", CancellationToken.None));
    }

    private void Write(WebhookKeys keys)
    {
        File.WriteAllText(Path.Combine(_directory.Path, "tls.crt"), keys.Certificate);
        File.WriteAllText(Path.Combine(_directory.Path, "tls.key"), keys.Key);
    }

    private static string Thumbprint(Webhook webhook) => webhook.State.Current!.Thumbprint;

    private static string Thumbprint(WebhookKeys keys)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(keys.Certificate);
        return certificate.Thumbprint;
    }

    private static JsonObject Run(string spec)
    {
        var written = (JsonObject)JsonNode.Parse(Kubernetes.Manifests.YamlReader.ReadSingle(spec, "test")!.ToJsonString())!;
        written["instanceRef"] = "helper";
        written["task"] ??= "x";
        return new JsonObject { ["apiVersion"] = "sympozium.ai/v1alpha1", ["kind"] = "AgentRun", ["metadata"] = new JsonObject { ["name"] = "hello", ["namespace"] = "team" }, ["spec"] = written };
    }
}
