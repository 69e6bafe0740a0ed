using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Testing.Live;

/// <summary>Namespaces of tests on a cluster that is there already: how they end, also where no controller ends them.</summary>
public static class LiveNamespaces
{
    /// <summary>On everything that a run of tests makes for the whole cluster; the value is the name of a <see cref="LiveRun"/>.</summary>
    public const string Label = "sympozium.ai/test-run";

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    /// <summary>Asks for its end and waits for it; where nobody else ends namespaces, removes what is in it and takes off its finalizer.</summary>
    public static async Task RemoveAsync(KubernetesClient client, string ns, bool endsByItself)
    {
        try
        {
            await client.DeleteAsync(CoreTypes.Namespaces, null, ns, DeleteOptions.Background, CancellationToken.None);
        }
        catch (KubernetesException e) when (e.IsConflict)
        {
            // It is ending already.
        }

        await FinishAsync(client, ns, endsByItself);
    }

    /// <summary>As <see cref="RemoveAsync"/>, of a namespace that is ending.</summary>
    /// <exception cref="TimeoutException">It is still there; the message has what it says of itself.</exception>
    public static async Task FinishAsync(KubernetesClient client, string ns, bool endsByItself)
    {
        if (!endsByItself)
        {
            await EmptyAsync(client, ns);
            return;
        }

        if (!await IsGoneAsync(client, ns, LiveEnvironment.Patience))
        {
            JsonObject? left = await client.GetAsync(CoreTypes.Namespaces, null, ns, CancellationToken.None);
            throw new TimeoutException($"Namespace '{ns}' did not end within {LiveEnvironment.Patience.TotalSeconds:0} s: {left?["status"]?.ToJsonString()}");
        }
    }

    /// <summary>Whether a namespace goes within a time.</summary>
    public static async Task<bool> IsGoneAsync(KubernetesClient client, string ns, TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        while (await client.GetAsync(CoreTypes.Namespaces, null, ns, CancellationToken.None) is not null)
        {
            if (deadline.IsCancellationRequested)
            {
                return false;
            }

            await Task.Delay(Period, TimeProvider.System, CancellationToken.None);
        }

        return true;
    }

    private static async Task EmptyAsync(KubernetesClient client, string ns)
    {
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
            string name = (string)item["metadata"]!["name"]!;
            if (item["metadata"]!["finalizers"] is not null)
            {
                await client.PatchAsync(type, ns, name, new Patch(PatchType.Merge, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } }), null, CancellationToken.None);
            }

            await client.DeleteAsync(type, ns, name, DeleteOptions.Background with { GracePeriodSeconds = 0 }, CancellationToken.None);
        }
    }
}
