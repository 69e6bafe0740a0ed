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
        await client.CreateAsync(CoreTypes.Namespaces, Named("v1", "Namespace", ns, null), CancellationToken.None);
        JsonObject job = Named("batch/v1", "Job", "probe", ns);
        job["spec"] = new JsonObject
        {
            ["template"] = new JsonObject
            {
                ["spec"] = new JsonObject
                {
                    ["restartPolicy"] = "Never",
                    ["nodeSelector"] = Nowhere,
                    ["containers"] = new JsonArray(new JsonObject { ["name"] = "probe", ["image"] = "sympozium.invalid/probe" }),
                },
            },
        };
        await client.CreateAsync(CoreTypes.Jobs, job, CancellationToken.None);
        JsonObject orphan = Named("v1", "ConfigMap", "orphan", ns);
        orphan["metadata"]!["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["name"] = "gone", ["uid"] = Guid.NewGuid().ToString() });
        await client.CreateAsync(CoreTypes.ConfigMaps, orphan, CancellationToken.None);
        Task<bool> pods = BecomesAsync(async () => (await client.ListAsync(CoreTypes.Pods, ns, new ListOptions(), CancellationToken.None)).Items.Count > 0);
        Task<bool> garbage = BecomesAsync(async () => await client.GetAsync(CoreTypes.ConfigMaps, ns, "orphan", CancellationToken.None) is null);
        await Task.WhenAll(pods, garbage);
        await client.DeleteAsync(CoreTypes.Jobs, ns, "probe", DeleteOptions.Background, CancellationToken.None);
        await client.DeleteAsync(CoreTypes.Namespaces, null, ns, DeleteOptions.Background, CancellationToken.None);
        bool ends = await BecomesAsync(async () => await client.GetAsync(CoreTypes.Namespaces, null, ns, CancellationToken.None) is null);
        var found = new ClusterAbilities(await pods, await garbage, ends);
        await found.FinishNamespaceAsync(client, ns);
        return found;
    }

    /// <summary>Ends a deleted namespace where no controller does: removes what is in it and takes off its finalizer. Otherwise waits until it is gone.</summary>
    public async Task FinishNamespaceAsync(KubernetesClient client, string ns)
    {
        if (EndsNamespaces)
        {
            using var deadline = new CancellationTokenSource(LiveEnvironment.Patience);
            while (await client.GetAsync(CoreTypes.Namespaces, null, ns, deadline.Token) is not null)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, deadline.Token);
            }

            return;
        }

        foreach (ResourceType type in (await client.Discovery.GetResourcesAsync(CancellationToken.None)).Where(r => r.Type.Namespaced && r.Verbs.Contains("list") && r.Verbs.Contains("delete")).Select(r => r.Type))
        {
            await RemoveAllAsync(client, type, ns);
        }

        if (await client.GetAsync(CoreTypes.Namespaces, null, ns, CancellationToken.None) is { } space)
        {
            space["spec"]!["finalizers"] = new JsonArray();
            await client.ReplaceAsync(CoreTypes.Namespaces, space, "finalize", CancellationToken.None);
        }
    }

    private static async Task RemoveAllAsync(KubernetesClient client, ResourceType type, string ns)
    {
        ResourceList found;
        try
        {
            found = await client.ListAsync(type, ns, new ListOptions(), CancellationToken.None);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            // Its definition went meanwhile, and its objects with it.
            return;
        }

        foreach (JsonObject item in found.Items)
        {
            await client.DeleteAsync(type, ns, (string)item["metadata"]!["name"]!, DeleteOptions.Background with { GracePeriodSeconds = 0 }, CancellationToken.None);
        }
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
