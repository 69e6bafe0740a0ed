using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Admission;

/// <summary>A namespace, and webhook configurations that see nothing but its ConfigMaps.</summary>
internal sealed class WebhookRig
{
    private readonly ClusterFixture _fixture;

    private WebhookRig(ClusterFixture fixture, string ns)
    {
        _fixture = fixture;
        Namespace = ns;
    }

    public string Namespace { get; }

    /// <summary>A namespace that is complete: the ConfigMap which every namespace gets would be sent to webhooks too.</summary>
    public static async Task<WebhookRig> MakeAsync(ClusterFixture fixture)
    {
        string ns = await fixture.NamespaceAsync();
        using CancellationTokenSource limit = new(TestTimeouts.InProcess);
        while (await fixture.Client.GetAsync(CoreTypes.ConfigMaps, ns, "kube-root-ca.crt", limit.Token) is null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
        }

        return new WebhookRig(fixture, ns);
    }

    public JsonObject Webhook(string name, WebhookServer server, string path) =>
        Webhook(name, $"https://127.0.0.1:{server.Port.ToString(CultureInfo.InvariantCulture)}{path}", server.Authority);

    public JsonObject Webhook(string name, string url, string authority) => new()
    {
        ["name"] = name,
        ["clientConfig"] = new JsonObject { ["url"] = url, ["caBundle"] = authority },
        ["sideEffects"] = "None",
        ["admissionReviewVersions"] = new JsonArray("v1"),
        ["namespaceSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["kubernetes.io/metadata.name"] = Namespace } },
        ["rules"] = new JsonArray(new JsonObject
        {
            ["operations"] = new JsonArray("CREATE", "UPDATE"),
            ["apiGroups"] = new JsonArray(""),
            ["apiVersions"] = new JsonArray("v1"),
            ["resources"] = new JsonArray("configmaps"),
        }),
    };

    /// <param name="form">mutating or validating.</param>
    /// <param name="webhooks">In the order in which they are asked.</param>
    public Task ConfigureAsync(string form, params JsonObject[] webhooks)
    {
        bool mutates = form == "mutating";
        ResourceType type = new(
            "admissionregistration.k8s.io", "v1", $"{form}webhookconfigurations", mutates ? "MutatingWebhookConfiguration" : "ValidatingWebhookConfiguration", Namespaced: false);
        JsonObject configuration = Resources.Make(type, null, $"{form}-{Namespace}");
        configuration["webhooks"] = new JsonArray([.. webhooks]);
        return _fixture.Client.CreateAsync(type, configuration, CancellationToken.None);
    }

    /// <summary>The refusal that creating a ConfigMap ends with.</summary>
    public Task<KubernetesException> RefusedAsync() => Assert.ThrowsAsync<KubernetesException>(CreateAsync);

    public Task<JsonObject> CreateAsync() => _fixture.Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap(Namespace, "a"), CancellationToken.None);
}
