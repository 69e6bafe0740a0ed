using System.Text.Json.Nodes;
using Orleans;
using Orleans.Runtime;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Instances;
using Sympozium.Abstractions.Resources;
using Sympozium.Abstractions.Runs;
using Sympozium.Grains.Runs;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Policies;

namespace Sympozium.Grains.Instances;

/// <summary>
/// Tells in an instance's status whether a run of it could start now, and what is missing. Triggered by changes of the instance
/// and of its runs. Writes only when the status would change, so it settles. It changes nothing else.
/// </summary>
[GrainType("instance")]
internal sealed class InstanceGrain(IKubernetesClient kubernetes, TimeProvider time) : Grain, IInstanceGrain
{
    private readonly RunInputReader _inputs = new(kubernetes);

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var key = ResourceKey.Parse(this.GetPrimaryKeyString());
        JsonObject? instance = await kubernetes.GetAsync(SympoziumTypes.Instances, key.Namespace, key.Name, cancellationToken);
        JsonObject? agent = await kubernetes.GetAsync(SympoziumTypes.Agents, key.Namespace, key.Name, cancellationToken);
        if (instance is null && agent is null)
        {
            DeactivateOnIdle();
            return;
        }

        (int active, int total) = await CountRunsAsync(key, cancellationToken);
        (JsonObject? elder, JsonObject? younger) = KubernetesPolicyLookup.ByAge(instance, agent);
        await WriteAsync(elder!, elder == instance ? SympoziumTypes.Instances : SympoziumTypes.Agents, await CheckAsync(elder!, cancellationToken), null, active, total, cancellationToken);
        if (younger is not null)
        {
            string conflict = $"a {(string?)elder!["kind"]} of the same name exists and is older; runs use that one. Delete or rename one of them.";
            await WriteAsync(younger, younger == instance ? SympoziumTypes.Instances : SympoziumTypes.Agents, [new("metadata.name", conflict)], conflict, 0, 0, cancellationToken);
        }
    }

    /// <summary>Plans a run that asks for nothing of its own: what is wrong with it is wrong with the instance.</summary>
    private async Task<IReadOnlyList<ResourceProblem>> CheckAsync(JsonObject instance, CancellationToken cancellationToken)
    {
        JsonNode metadata = instance["metadata"]!;
        var probe = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "probe", ["namespace"] = metadata["namespace"]!.DeepClone(), ["uid"] = "" },
            ["spec"] = new JsonObject { ["instanceRef"] = metadata["name"]!.DeepClone(), ["task"] = "" },
        };
        return RunPlanner.Plan(await _inputs.ReadAsync(probe, cancellationToken)).Problems;
    }

    private async Task<(int Active, int Total)> CountRunsAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        ResourceList runs = await kubernetes.ListAsync(SympoziumTypes.AgentRuns, key.Namespace, ListOptions.All, cancellationToken);
        int active = 0;
        int total = 0;
        foreach (JsonObject run in runs.Items)
        {
            if (ResourceReader.AgentRun(run, [])?.InstanceRef == key.Name)
            {
                total++;
                active += (string?)run["status"]?["phase"] == RunPhase.Running ? 1 : 0;
            }
        }

        return (active, total);
    }

    private async Task WriteAsync(
        JsonObject resource, ResourceType type, IReadOnlyList<ResourceProblem> problems, string? conflict, int active, int total, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        JsonObject ready = problems.Count == 0
            ? Conditions.Make(resource, "Ready", true, "Ready", "A run can start.", now)
            : Conditions.Make(resource, "Ready", false, "NotReady", string.Join("\n", problems), now);
        var status = new JsonObject
        {
            ["phase"] = problems.Count == 0 ? "Ready" : "Error",
            ["activeAgentPods"] = active,
            ["totalAgentRuns"] = total,
            ["observedGeneration"] = (long?)resource["metadata"]!["generation"] ?? 1,
            ["conditions"] = conflict is null ? new JsonArray(ready) : new JsonArray(ready, Conditions.Make(resource, "Conflict", true, "NameTaken", conflict, now)),
        };
        if (!Conditions.Holds(resource, status))
        {
            await kubernetes.PatchAsync(
                type,
                (string)resource["metadata"]!["namespace"]!,
                (string)resource["metadata"]!["name"]!,
                new Patch(PatchType.Merge, new JsonObject { ["status"] = status }),
                "status",
                cancellationToken);
        }
    }
}
