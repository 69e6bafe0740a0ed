using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Runs;

/// <summary>Creates and deletes a run's objects. Names follow from the run, so doing it twice is harmless.</summary>
internal sealed class RunObjects(IKubernetesClient kubernetes)
{
    /// <summary>
    /// Creates what is missing. The Job comes last: its pod must find its ConfigMaps and its Secret, since a kubelet
    /// retries a missing one only after a while.
    /// </summary>
    public async Task CreateAsync(RunPlan plan, RenderedRun rendered, CancellationToken cancellationToken)
    {
        await Task.WhenAll(
        [
            EnsureServiceAccountAsync(plan.Run.Namespace, cancellationToken),
            EnsureAsync(CoreTypes.ConfigMaps, rendered.Input, plan, cancellationToken),
            EnsureAsync(CoreTypes.Secrets, rendered.Token, plan, cancellationToken),
            .. rendered.Skills.Select(skill => EnsureAsync(CoreTypes.ConfigMaps, skill, plan, cancellationToken)),
        ]);
        await EnsureAsync(CoreTypes.Jobs, rendered.Job, plan, cancellationToken);
    }

    /// <summary>Ends the run's pod.</summary>
    public Task<bool> DeleteJobAsync(ResourceKey run, CancellationToken cancellationToken) =>
        kubernetes.DeleteAsync(CoreTypes.Jobs, run.Namespace, RunObjectNames.Job(run.Name), DeleteOptions.Background, cancellationToken);

    /// <summary>Withdraws the run's token; the gateway refuses it for an ended run anyway.</summary>
    public Task<bool> DeleteTokenAsync(ResourceKey run, CancellationToken cancellationToken) =>
        kubernetes.DeleteAsync(CoreTypes.Secrets, run.Namespace, RunObjectNames.Token(run.Name), DeleteOptions.Background, cancellationToken);

    private async Task EnsureServiceAccountAsync(string ns, CancellationToken cancellationToken)
    {
        if (await kubernetes.GetAsync(CoreTypes.ServiceAccounts, ns, SympoziumNames.AgentServiceAccount, cancellationToken) is not null)
        {
            return;
        }

        try
        {
            await kubernetes.CreateAsync(
                CoreTypes.ServiceAccounts,
                new JsonObject
                {
                    ["apiVersion"] = "v1",
                    ["kind"] = "ServiceAccount",
                    ["metadata"] = new JsonObject { ["name"] = SympoziumNames.AgentServiceAccount, ["namespace"] = ns },
                    ["automountServiceAccountToken"] = false,
                },
                cancellationToken);
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
            // Another run of the namespace was faster.
        }
    }

    private async Task EnsureAsync(ResourceType type, JsonObject desired, RunPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            await kubernetes.CreateAsync(type, desired, cancellationToken);
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
            string name = (string)desired["metadata"]!["name"]!;
            JsonObject? existing = await kubernetes.GetAsync(type, plan.Run.Namespace, name, cancellationToken);
            if (existing is not null && !BelongsTo(existing, plan.RunUid))
            {
                throw new SympoziumConflictException(
                    $"{type.Kind} '{name}' in namespace '{plan.Run.Namespace}' exists and does not belong to this run; delete it or give the run another name.", e);
            }
        }
    }

    private static bool BelongsTo(JsonObject resource, string uid) =>
        (resource["metadata"]!["ownerReferences"] as JsonArray)?.OfType<JsonObject>().Any(owner => (string?)owner["uid"] == uid) ?? false;
}
