using System.Net.Security;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions.Admission;
using Sympozium.Gateway.Admission;
using Sympozium.Gateway.Hosting;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Manifests;
using Sympozium.Kubernetes.Policies;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;

namespace Sympozium.Benchmarks.Admission;

/// <summary>
/// One creation of an AgentRun under three policies (instance, namespace, cluster) through admission: in process as the local cluster asks,
/// and as the two reviews that an API server sends to the webhook.
/// </summary>
internal static class AdmissionBenchmark
{
    private const int Warmup = 2000;
    private const int Samples = 10_000;

    private static readonly TimeProvider Time = TimeProvider.System;

    public static async Task<IReadOnlyList<BenchmarkTable>> RunAsync()
    {
        using var directory = new TemporaryDirectory();
        await using LocalClusterHost cluster = await StartAsync(directory["data"]);
        using IHost webhook = StartWebhook(cluster.Client);
        await webhook.StartAsync();
        await webhook.Services.GetRequiredService<CertificateWorker>().CheckAsync(CancellationToken.None);
        var lookup = webhook.Services.GetRequiredService<AdmissionLookup>();
        using (var limit = new CancellationTokenSource(TestTimeouts.InProcess))
        {
            while (!lookup.IsSynced)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), Time, limit.Token);
            }
        }

        JsonObject run = Resource("AgentRun", "hello", "{instanceRef: helper, task: Say hello., toolPolicy: {allow: [read_file, fetch_url]}, env: {A: b}}");
        using HttpClient client = Client(webhook.Services.GetRequiredService<AdmissionServer>().BaseAddress!);
        string review = new JsonObject
        {
            ["apiVersion"] = "admission.k8s.io/v1",
            ["kind"] = "AdmissionReview",
            ["request"] = new JsonObject
            {
                ["uid"] = "x",
                ["operation"] = "CREATE",
                ["kind"] = new JsonObject { ["group"] = "sympozium.ai", ["version"] = "v1alpha1", ["kind"] = "AgentRun" },
                ["object"] = run.DeepClone(),
            },
        }.ToJsonString();
        var local = new ResourceReviewer(new KubernetesPolicyLookup(cluster.Client));
        var cached = new ResourceReviewer(lookup);
        List<IReadOnlyList<string>> rows =
        [
            await RowAsync("in process, look-ups in the local cluster", () => ReviewAsync(local, run)),
            await RowAsync("in process, look-ups in the webhook's caches", () => ReviewAsync(cached, run)),
            await RowAsync("over HTTPS, mutate", () => PostAsync(client, AdmissionEndpoint.MutatePath, review)),
            await RowAsync("over HTTPS, validate", () => PostAsync(client, AdmissionEndpoint.ValidatePath, review)),
        ];
        await webhook.StopAsync();
        return
        [
            new BenchmarkTable("Admission of an AgentRun", ["way", .. Percentiles.Columns], rows,
                "One after the other. In process: defaults and review together, all that the local cluster asks before it stores the run. Over HTTPS: one review on a connection that is kept, client and server in one process. Goal: p99 of 1 ms."),
        ];
    }

    private static async Task<IReadOnlyList<string>> RowAsync(string name, Func<Task> call)
    {
        for (int i = 0; i < Warmup; i++)
        {
            await call();
        }

        var durations = new List<TimeSpan>(Samples);
        for (int i = 0; i < Samples; i++)
        {
            long start = Time.GetTimestamp();
            await call();
            durations.Add(Time.GetElapsedTime(start));
        }

        return [name, .. new Percentiles(durations).Cells];
    }

    private static async Task ReviewAsync(ResourceReviewer reviewer, JsonObject run)
    {
        var request = new ReviewRequest(ReviewOperation.Create, "AgentRun", (JsonObject)run.DeepClone(), null);
        FieldDefault.Apply(request.Resource, await reviewer.DefaultAsync(request, CancellationToken.None));
        ReviewAnswer answer = await reviewer.ReviewAsync(request, CancellationToken.None);
        if (!answer.IsAllowed)
        {
            throw new InvalidOperationException(answer.Message);
        }
    }

    private static async Task PostAsync(HttpClient client, string path, string review)
    {
        using HttpResponseMessage response = await client.PostAsync(path, new StringContent(review, Encoding.UTF8, "application/json"));
        string answer = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
        if (!answer.Contains("\"allowed\":true", StringComparison.Ordinal))
        {
            throw new InvalidOperationException(answer);
        }
    }

    private static HttpClient Client(Uri address) => new(new SocketsHttpHandler
    {
        // What is measured is the webhook; its tests check the certificate.
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    })
    {
        BaseAddress = address,
    };

    private static IHost StartWebhook(IKubernetesClient kubernetes)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddSingleton(kubernetes);
        builder.Services.AddSympoziumAdmission(new AdmissionOptions { Port = 0 });
        return builder.Build();
    }

    private static async Task<LocalClusterHost> StartAsync(string data)
    {
        var options = new LocalClusterOptions { DataDirectory = data, Port = 0 };
        options.Namespaces.Add("team");
        options.Namespaces.Add("sympozium-system");
        foreach (string file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "k8s", "crds"), "*.yaml"))
        {
            options.CustomResourceDefinitions.Add(await File.ReadAllTextAsync(file));
        }

        LocalClusterHost cluster = await LocalClusterHost.StartAsync(options);
        await cluster.Client.PatchAsync(
            CoreTypes.Namespaces, null, "team", new Patch(PatchType.Merge, JsonNode.Parse("""{"metadata":{"annotations":{"sympozium.ai/policy":"space"}}}""")!), null, CancellationToken.None);
        foreach ((ResourceType type, JsonObject resource) in new[]
        {
            (SympoziumTypes.Policies, Resource("SympoziumPolicy", "rules", "{template: Restrictive, allowedTools: [read_file, fetch_url, memory_*], modelPolicy: {allowedModels: ['openai/*']}}")),
            (SympoziumTypes.Policies, Resource("SympoziumPolicy", "space", "{toolGating: {rules: [{tool: execute_command, action: deny}]}, imagePolicy: {allowedRegistries: [ghcr.io/acme]}}")),
            (SympoziumTypes.Policies, Resource("SympoziumPolicy", "base", "{budgets: {maxRunDuration: 1h, maxTokensPerRun: 1000000}, featureGates: {sub-agents: false}}", "sympozium-system")),
            (SympoziumTypes.Configs, Resource("SympoziumConfig", "default", "{policyRef: base}", "sympozium-system")),
            (SympoziumTypes.Instances, Resource("SympoziumInstance", "helper", "{policyRef: rules, provider: {name: openai, model: gpt-4o, apiKeySecret: key}, systemPrompt: You help.}")),
        })
        {
            await cluster.Client.CreateAsync(type, resource, CancellationToken.None);
        }

        return cluster;
    }

    private static JsonObject Resource(string kind, string name, string spec, string ns = "team") => new()
    {
        ["apiVersion"] = "sympozium.ai/v1alpha1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns },
        ["spec"] = JsonNode.Parse(YamlReader.ReadSingle(spec, name)!.ToJsonString()),
    };
}
