using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Conformance.Tests.Running;
using Sympozium.Testing.Live;

namespace Sympozium.Conformance.Tests.Cluster;

/// <summary>Finds out, in a namespace of its own, what an API server has beside it: controllers, and a way to this machine for its webhooks.</summary>
internal sealed class ClusterProbe : IAsyncDisposable
{
    private const string Configurations = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    private readonly ConformanceTarget _target;
    private readonly string _word = RandomNumberGenerator.GetString("bcdfghjklmnpqrstvwxz", 8);

    private ClusterProbe(ConformanceTarget target) => _target = target;

    private string Namespace => $"kit-probe-{_word}";

    public static async Task<ClusterProbe> StartAsync(ConformanceTarget target)
    {
        ClusterProbe probe = new(target);
        ApiAnswer made = await probe.SendAsync("POST", "/api/v1/namespaces", $$$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{{probe.Namespace}}}}","labels":{"kit":"probe"}}}""");
        Assert.True(made.Status == 201, made.Text);
        return probe;
    }

    /// <summary>Null when the cluster's controllers run.</summary>
    public async Task<string?> WhyNoControllersAsync()
    {
        bool run = await BecomesAsync(async () => (await SendAsync("GET", $"/api/v1/namespaces/{Namespace}/serviceaccounts/default")).Status == 200);
        return run ? null : $"The cluster runs no kube-controller-manager (a new namespace has no ServiceAccount 'default' after {Limit.TotalSeconds:0} s), and the cases were recorded with one.";
    }

    /// <summary>Null when a Job gets a pod.</summary>
    public async Task<string?> WhyNoWorkloadsAsync()
    {
        JsonObject pod = Pod("true", nodeSelector: new JsonObject { ["kit.example.com/no-node-has-this"] = "true" });
        JsonObject job = new()
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["metadata"] = new JsonObject { ["name"] = "probe" },
            ["spec"] = new JsonObject { ["template"] = new JsonObject { ["spec"] = pod["spec"]!.DeepClone() } },
        };
        ApiAnswer made = await SendAsync("POST", $"/apis/batch/v1/namespaces/{Namespace}/jobs", job.ToJsonString());
        Assert.True(made.Status == 201, made.Text);
        bool run = await BecomesAsync(async () => (await SendAsync("GET", $"/api/v1/namespaces/{Namespace}/pods")).Document?["items"] is JsonArray { Count: > 0 });
        await SendAsync("DELETE", $"/apis/batch/v1/namespaces/{Namespace}/jobs/probe?propagationPolicy=Background");
        return run ? null : $"The cluster runs no controller of Jobs (one got no pod within {Limit.TotalSeconds:0} s), and the case shows its work.";
    }

    /// <summary>Null when a node starts the image of the cases.</summary>
    public async Task<string?> WhyNoImageAsync()
    {
        ApiAnswer made = await SendAsync("POST", $"/api/v1/namespaces/{Namespace}/pods", Pod("exit 0", nodeSelector: null).ToJsonString());
        Assert.True(made.Status == 201, made.Text);
        string state = "nothing";
        bool started = await BecomesAsync(async () =>
        {
            JsonNode? status = (await SendAsync("GET", $"/api/v1/namespaces/{Namespace}/pods/probe")).Document?["status"];
            state = status?["containerStatuses"]?[0]?["state"]?["waiting"]?.ToJsonString() ?? (string?)status?["phase"] ?? "nothing";
            return (string?)status?["phase"] is "Succeeded" or "Failed";
        });
        return started ? null : $"No node starts a pod of the image '{LiveEnvironment.BusyboxImage}' ({LiveEnvironment.BusyboxImageVariable} names one with a shell that the nodes have): {state}";
    }

    private static JsonObject Pod(string command, JsonObject? nodeSelector) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Pod",
        ["metadata"] = new JsonObject { ["name"] = "probe" },
        ["spec"] = new JsonObject
        {
            ["restartPolicy"] = "Never",
            ["terminationGracePeriodSeconds"] = 0,
            ["nodeSelector"] = nodeSelector,
            ["containers"] = new JsonArray(new JsonObject
            {
                ["name"] = "c",
                ["image"] = LiveEnvironment.BusyboxImage,
                ["imagePullPolicy"] = "Never",
                ["command"] = new JsonArray("sh", "-c", command),
            }),
        },
    };

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
    public async ValueTask DisposeAsync()
    {
        // Where nothing ends namespaces this one has nothing in it but what was probed, and its finalizer.
        await SendAsync("DELETE", $"/api/v1/namespaces/{Namespace}/pods/probe?gracePeriodSeconds=0");
        await SendAsync("DELETE", $"/api/v1/namespaces/{Namespace}");
        if (!await BecomesAsync(async () => (await SendAsync("GET", $"/api/v1/namespaces/{Namespace}")).Status == 404))
        {
            await SendAsync("PUT", $"/api/v1/namespaces/{Namespace}/finalize", $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{Namespace}}}"},"spec":{"finalizers":[]}}""");
        }
    }

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
