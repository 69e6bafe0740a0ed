using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Runs;

/// <summary>
/// Creates and deletes a run's objects. Names follow from the run, so doing it twice is harmless; an object of such a name that
/// belongs to somebody else is neither used nor deleted.
/// </summary>
internal sealed class RunObjects(IKubernetesClient kubernetes)
{
    /// <summary>
    /// Creates what is missing. The Job comes last: its pod must find its ConfigMaps and its Secret, since a kubelet
    /// retries a missing one only after a while.
    /// </summary>
    /// <exception cref="SympoziumConflictException">A name is taken by an object of somebody else.</exception>
    /// <exception cref="SympoziumUnavailableException">A name is taken by an earlier run of this name, whose objects are being deleted.</exception>
    public async Task CreateAsync(RunPlan plan, RenderedRun rendered, JobRenderOptions options, CancellationToken cancellationToken)
    {
        string ns = plan.Run.Namespace;
        IReadOnlyList<JsonObject> networkPolicies = options.Gateway is { } gateway ? AgentNetworkPolicy.Render(ns, gateway, options.Bus) : [];
        await Task.WhenAll(
        [
            EnsureSharedAsync(CoreTypes.ServiceAccounts, ServiceAccount(ns), cancellationToken),
            .. networkPolicies.Select(policy => EnsureSharedAsync(CoreTypes.NetworkPolicies, policy, cancellationToken)),
            EnsureAsync(CoreTypes.ConfigMaps, rendered.Input, plan, cancellationToken),
            EnsureAsync(CoreTypes.Secrets, rendered.Token, plan, cancellationToken),
            .. rendered.Skills.Select(skill => EnsureAsync(CoreTypes.ConfigMaps, skill, plan, cancellationToken)),
        ]);
        await EnsureAsync(CoreTypes.Jobs, rendered.Job, plan, cancellationToken);
    }

    /// <summary>Ends the run's pod.</summary>
    public Task DeleteJobAsync(ResourceKey run, string uid, CancellationToken cancellationToken) =>
        DeleteAsync(CoreTypes.Jobs, run, RunObjectNames.Job(run.Name), uid, cancellationToken);

    /// <summary>Whether the run's token was not withdrawn yet.</summary>
    public async Task<bool> HasTokenAsync(ResourceKey run, string uid, CancellationToken cancellationToken) =>
        await kubernetes.GetAsync(CoreTypes.Secrets, run.Namespace, RunObjectNames.Token(run.Name), cancellationToken) is { } token && BelongsTo(token, uid);

    /// <summary>Withdraws the run's token, and the bus credentials beside it; the gateway refuses it for an ended run anyway.</summary>
    public Task DeleteTokenAsync(ResourceKey run, string uid, CancellationToken cancellationToken) =>
        DeleteAsync(CoreTypes.Secrets, run, RunObjectNames.Token(run.Name), uid, cancellationToken);

    /// <summary>Whether <paramref name="resource"/> is owned by the object with this uid.</summary>
    public static bool BelongsTo(JsonObject resource, string uid) => Owners(resource).Any(owner => (string?)owner["uid"] == uid);

    private async Task DeleteAsync(ResourceType type, ResourceKey run, string name, string uid, CancellationToken cancellationToken)
    {
        JsonObject? present = await kubernetes.GetAsync(type, run.Namespace, name, cancellationToken);
        if (present is not null && BelongsTo(present, uid))
        {
            await kubernetes.DeleteAsync(
                type, run.Namespace, name, DeleteOptions.Background with { Uid = (string?)present["metadata"]!["uid"] }, cancellationToken);
        }
    }

    /// <summary>An object that all runs of a namespace share: made when it is missing, left alone when it is there, since somebody may have changed it on purpose.</summary>
    private async Task EnsureSharedAsync(ResourceType type, JsonObject desired, CancellationToken cancellationToken)
    {
        JsonNode metadata = desired["metadata"]!;
        if (await kubernetes.GetAsync(type, (string)metadata["namespace"]!, (string)metadata["name"]!, cancellationToken) is not null)
        {
            return;
        }

        try
        {
            await kubernetes.CreateAsync(type, desired, cancellationToken);
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
            // Another run of the namespace was faster.
        }
    }

    private static JsonObject ServiceAccount(string ns) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ServiceAccount",
        ["metadata"] = new JsonObject
        {
            ["name"] = SympoziumNames.AgentServiceAccount,
            ["namespace"] = ns,
            ["labels"] = new JsonObject { ["app.kubernetes.io/part-of"] = "sympozium", ["app.kubernetes.io/managed-by"] = "sympozium-controller" },
        },
        ["automountServiceAccountToken"] = false,
    };

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
            if (existing is null || IsLeftover(existing, plan))
            {
                throw new SympoziumUnavailableException(
                    $"{type.Kind} '{name}' in namespace '{plan.Run.Namespace}' is left from an earlier run of this name and is being deleted.", e);
            }

            if (!BelongsTo(existing, plan.RunUid))
            {
                throw new SympoziumConflictException(
                    $"{type.Kind} '{name}' in namespace '{plan.Run.Namespace}' exists and does not belong to this run; delete it or give the run another name.", e);
            }
        }
    }

    private static bool IsLeftover(JsonObject resource, RunPlan plan) =>
        Owners(resource).Any(owner => (string?)owner["kind"] == "AgentRun" && (string?)owner["name"] == plan.Run.Name && (string?)owner["uid"] != plan.RunUid);

    private static IEnumerable<JsonObject> Owners(JsonObject resource) => (resource["metadata"]!["ownerReferences"] as JsonArray)?.OfType<JsonObject>() ?? [];
}
