using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Conformance.Tests.Running;

namespace Sympozium.Conformance.Tests.Cluster;

/// <summary>Finds out, in a namespace of its own, what an API server has beside it: controllers, and a way to this machine for its webhooks.</summary>
internal sealed class ClusterProbe : IAsyncDisposable
{
    private const string Configurations = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    private readonly ConformanceTarget _target;
    private readonly string _word = RandomNumberGenerator.GetString("bcdfghjklmnpqrstvwxz", 8);

    private ClusterProbe(ConformanceTarget target) => _target = target;

    private string Namespace => $"kit-probe-{_word}";

    public static async Task<ClusterProbe> StartAsync(ConformanceTarget target)
    {
        ClusterProbe probe = new(target);
        ApiAnswer made = await probe.SendAsync("POST", "/api/v1/namespaces", $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{probe.Namespace}}}"}}""");
        Assert.True(made.Status == 201, made.Text);
        return probe;
    }

    /// <summary>Null when the cluster's controllers run.</summary>
    public async Task<string?> WhyNoControllersAsync()
    {
        bool run = await BecomesAsync(async () => (await SendAsync("GET", $"/api/v1/namespaces/{Namespace}/serviceaccounts/default")).Status == 200);
        return run ? null : $"The cluster runs no kube-controller-manager (a new namespace has no ServiceAccount 'default' after {Limit.TotalSeconds:0} s), and the cases were recorded with one.";
    }

    /// <summary>Null when the API server reaches webhooks on this machine.</summary>
    public async Task<string?> WhyNoWebhooksAsync()
    {
        JsonObject configuration = new()
        {
            ["apiVersion"] = "admissionregistration.k8s.io/v1",
            ["kind"] = "ValidatingWebhookConfiguration",
            ["metadata"] = new JsonObject { ["name"] = Namespace },
            ["webhooks"] = new JsonArray(new JsonObject
            {
                ["name"] = "probe.kit.example.com",
                ["admissionReviewVersions"] = new JsonArray("v1"),
                ["sideEffects"] = "None",
                ["failurePolicy"] = "Ignore",
                ["timeoutSeconds"] = 3,
                ["namespaceSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["kubernetes.io/metadata.name"] = Namespace } },
                ["clientConfig"] = new JsonObject { ["url"] = $"https://{_target.Webhooks.Address}/{_word}/probe", ["caBundle"] = _target.Webhooks.Authority },
                ["rules"] = new JsonArray(new JsonObject
                {
                    ["apiGroups"] = new JsonArray(""),
                    ["apiVersions"] = new JsonArray("v1"),
                    ["operations"] = new JsonArray("CREATE"),
                    ["resources"] = new JsonArray("configmaps"),
                }),
            }),
        };
        _target.Webhooks.Add(_word, new JsonObject { ["probe"] = new JsonObject { ["allowed"] = true } });
        ApiAnswer made = await SendAsync("POST", Configurations, configuration.ToJsonString());
        Assert.True(made.Status == 201, made.Text);
        try
        {
            bool called = await BecomesAsync(async () =>
            {
                await SendAsync("POST", $"/api/v1/namespaces/{Namespace}/configmaps?dryRun=All", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"probe-"}}""");
                return _target.Webhooks.LastCall(_word, "probe") is not null;
            });
            return called ? null : $"The API server does not reach webhooks at {_target.Webhooks.Address}; SYMPOZIUM_TEST_GATEWAY_HOST names the address at which it reaches this machine.";
        }
        finally
        {
            await SendAsync("DELETE", $"{Configurations}/{Namespace}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await SendAsync("DELETE", $"/api/v1/namespaces/{Namespace}");

    private static async Task<bool> BecomesAsync(Func<Task<bool>> wanted)
    {
        using CancellationTokenSource limit = new(Limit);
        while (!limit.IsCancellationRequested)
        {
            if (await wanted())
            {
                return true;
            }

            await Task.Delay(Period, TimeProvider.System);
        }

        return false;
    }

    private Task<ApiAnswer> SendAsync(string method, string path, string? body = null) =>
        _target.Cluster.AskAsync(new ApiRequest(method, path) { Body = body is null ? null : Encoding.UTF8.GetBytes(body) }, CancellationToken.None);
}
