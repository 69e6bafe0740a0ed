using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Testing.Live;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>
/// Which controllers of Kubernetes a cluster runs, found by trying: an API server may stand alone. What nobody does there the tests do
/// themselves, or are skipped with the reason.
/// </summary>
/// <param name="RunsJobs">Whether Jobs get pods.</param>
/// <param name="CollectsGarbage">Whether an object goes after its owner.</param>
/// <param name="EndsNamespaces">Whether a deleted namespace goes.</param>
internal sealed record ClusterAbilities(bool RunsJobs, bool CollectsGarbage, bool EndsNamespaces)
{
    /// <summary>Long enough for each of these controllers on a busy machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>A pod with this selector stays where it is: no node has the label.</summary>
    public static JsonObject Nowhere => new() { ["sympozium.ai/no-node-has-this"] = "true" };

    /// <summary>Tries each in a namespace of its own, which is gone in the end.</summary>
    public static async Task<ClusterAbilities> ProbeAsync(KubernetesClient client)
    {
        string ns = $"sympozium-probe-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5))}";
        JsonObject space = Named("v1", "Namespace", ns, null);
        space["metadata"]!["labels"] = LiveRun.Labels;
        await client.CreateAsync(CoreTypes.Namespaces, space, CancellationToken.None);
        bool jobs;
        bool garbage;
        bool ends = false;
        try
        {
            await client.CreateAsync(CoreTypes.Jobs, Job(ns), CancellationToken.None);
            JsonObject orphan = Named("v1", "ConfigMap", "orphan", ns);
            orphan["metadata"]!["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["name"] = "gone", ["uid"] = Guid.NewGuid().ToString() });
            await client.CreateAsync(CoreTypes.ConfigMaps, orphan, CancellationToken.None);
            Task<bool> pods = BecomesAsync(async () => (await client.ListAsync(CoreTypes.Pods, ns, new ListOptions(), CancellationToken.None)).Items.Count > 0);
            Task<bool> collected = BecomesAsync(async () => await client.GetAsync(CoreTypes.ConfigMaps, ns, "orphan", CancellationToken.None) is null);
            (jobs, garbage) = (await pods, await collected);
            await client.DeleteAsync(CoreTypes.Jobs, ns, "probe", DeleteOptions.Background, CancellationToken.None);
        }
        finally
        {
            await client.DeleteAsync(CoreTypes.Namespaces, null, ns, DeleteOptions.Background, CancellationToken.None);
            ends = await LiveNamespaces.IsGoneAsync(client, ns, 2 * Limit);
            await LiveNamespaces.FinishAsync(client, ns, ends);
        }

        return new ClusterAbilities(jobs, garbage, ends);
    }

    /// <summary>A Job whose pod every cluster admits, also one that asks for the strictest pod security, and no node takes.</summary>
    private static JsonObject Job(string ns)
    {
        JsonObject job = Named("batch/v1", "Job", "probe", ns);
        job["spec"] = new JsonObject
        {
            ["template"] = new JsonObject
            {
                ["spec"] = new JsonObject
                {
                    ["restartPolicy"] = "Never",
                    ["nodeSelector"] = Nowhere,
                    ["securityContext"] = new JsonObject { ["runAsNonRoot"] = true, ["runAsUser"] = 1000, ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" } },
                    ["containers"] = new JsonArray(new JsonObject
                    {
                        ["name"] = "probe",
                        ["image"] = "sympozium.invalid/probe",
                        ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "1m", ["memory"] = "1Mi" }, ["limits"] = new JsonObject { ["cpu"] = "10m", ["memory"] = "10Mi" } },
                        ["securityContext"] = new JsonObject { ["allowPrivilegeEscalation"] = false, ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") } },
                    }),
                },
            },
        };
        return job;
    }

    private static JsonObject Named(string apiVersion, string kind, string name, string? ns)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (ns is not null)
        {
            metadata["namespace"] = ns;
        }

        return new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = metadata };
    }

    private static async Task<bool> BecomesAsync(Func<Task<bool>> wanted)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!limit.IsCancellationRequested)
        {
            if (await wanted())
            {
                return true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        return false;
    }
}
