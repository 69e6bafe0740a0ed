using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;

namespace Sympozium.TestSilo.Cluster;

/// <summary>One of three silos ends while grains of every kind are called through the client that a gateway has.</summary>
/// <param name="Calls">Calls that were answered from the end on.</param>
/// <param name="Longest">The call that took longest.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Failures">Calls that failed.</param>
/// <param name="Miscounted">Runs whose model calls were not counted as often as they were reported.</param>
public sealed record SiloEnding(int Calls, string Longest, TimeSpan Took, IReadOnlyCollection<string> Failures, IReadOnlyList<string> Miscounted)
{
    private const int Keys = 8;

    /// <summary>Runs it on an empty database; <paramref name="end"/> ends one of the silos.</summary>
    public static async Task<SiloEnding> MeasureAsync(string database, Func<SiloProcess, Task> end)
    {
        (LocalClusterHost api, TemporaryDirectory directory) = await SimulatedPods.ApiAsync();
        using TemporaryDirectory files = directory;
        await using LocalClusterHost cluster = api;
        await using SiloProcess first = await SiloProcess.StartAsync(database, api.KubeconfigPath);
        await using SiloProcess second = await SiloProcess.StartAsync(database, api.KubeconfigPath);
        await using SiloProcess third = await SiloProcess.StartAsync(database, api.KubeconfigPath);
        await using GatewayClient client = await GatewayClient.StartAsync(database);
        Dictionary<string, string> runs = await CreateObjectsAsync(api.Client);
        using SteadyCallers callers = SteadyCallers.Start(client.Grains, runs);
        await callers.EachIsAnsweredAsync();

        Func<(string Call, TimeSpan Took)> longest = callers.WatchLongest();
        int before = callers.Answered;
        await end(third);
        await callers.EachIsAnsweredAsync();
        (string call, TimeSpan took) = longest();
        await callers.StopAsync();

        List<string> miscounted = [];
        foreach ((string run, string uid) in runs)
        {
            int? counted = await CountedAsync(client, api.Client, run, uid);
            if (counted != callers.ModelCalls[run])
            {
                miscounted.Add($"{run}: {callers.ModelCalls[run]} model calls were reported, {counted} counted");
            }
        }

        return new SiloEnding(callers.Answered - before, call, took, callers.Failures, miscounted);
    }

    /// <summary>One object of each kind for each key; the runs' uids by name.</summary>
    private static async Task<Dictionary<string, string>> CreateObjectsAsync(IKubernetesClient client)
    {
        Dictionary<string, string> runs = [];
        for (int number = 0; number < Keys; number++)
        {
            string name = $"object-{number}";
            await CreateAsync(client, SympoziumTypes.Instances, name, """{"provider": {"name": "openai", "model": "gpt-test", "apiKeySecret": "key"}}""");
            await CreateAsync(client, SympoziumTypes.Policies, name, """{"template": "Permissive"}""");
            await CreateAsync(client, SympoziumTypes.SkillPacks, name, """{"skills": [{"name": "greet", "description": "How to greet", "content": "Say hello."}]}""");
            JsonObject run = await CreateAsync(client, SympoziumTypes.AgentRuns, name, """{"instanceRef": "helper", "task": "Say hello."}""");
            runs[name] = (string)run["metadata"]!["uid"]!;
        }

        return runs;
    }

    private static Task<JsonObject> CreateAsync(IKubernetesClient client, ResourceType type, string name, string spec) => client.CreateAsync(
        type,
        new JsonObject
        {
            ["apiVersion"] = type.ApiVersion,
            ["kind"] = type.Kind,
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = SimulatedPods.Namespace },
            ["spec"] = JsonNode.Parse(spec),
        },
        CancellationToken.None);

    /// <summary>Ends the run; its status then has the model calls that were counted.</summary>
    private static async Task<int?> CountedAsync(GatewayClient client, IKubernetesClient api, string run, string uid)
    {
        await client.Grains.GetGrain<IRunGrain>($"{SimulatedPods.Namespace}/{run}").AcceptResultAsync(uid, SimulatedPods.Result(run, uid), CancellationToken.None);
        JsonObject ended = (await api.GetAsync(SympoziumTypes.AgentRuns, SimulatedPods.Namespace, run, CancellationToken.None))!;
        return (int?)ended["status"]?["tokenUsage"]?["modelCalls"];
    }
}
