using System.Text.Json.Nodes;
using Orleans;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Policies;

/// <summary>
/// Tells in a policy's status how many instances it binds and whether it can be read. Triggered by changes of the policy and of the
/// instances of its namespace. Writes only when the status would change; it changes nothing else.
/// </summary>
[GrainType("policy")]
internal sealed class PolicyGrain(IKubernetesClient kubernetes, TimeProvider time) : Grain, IPolicyGrain
{
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var key = ResourceKey.Parse(this.GetPrimaryKeyString());
        JsonObject? policy = await kubernetes.GetAsync(SympoziumTypes.Policies, key.Namespace, key.Name, cancellationToken);
        if (policy is null)
        {
            DeactivateOnIdle();
            return;
        }

        var problems = new List<ResourceProblem>();
        ResourceReader.Policy(policy, problems);
        bool ready = problems.Count == 0;
        var status = new JsonObject
        {
            ["boundInstances"] = await CountAsync(key, cancellationToken),
            ["conditions"] = new JsonArray(Conditions.Make(
                policy, "Ready", ready, ready ? "Ready" : "Invalid", ready ? "The policy can be evaluated." : string.Join("\n", problems), time.GetUtcNow())),
        };
        if (!Conditions.Holds(policy, status))
        {
            await kubernetes.PatchAsync(
                SympoziumTypes.Policies, key.Namespace, key.Name, new Patch(PatchType.Merge, new JsonObject { ["status"] = status }), "status", cancellationToken);
        }
    }

    private async Task<int> CountAsync(ResourceKey policy, CancellationToken cancellationToken)
    {
        int count = 0;
        foreach (ResourceType type in (ResourceType[])[SympoziumTypes.Instances, SympoziumTypes.Agents])
        {
            ResourceList instances = await kubernetes.ListAsync(type, policy.Namespace, ListOptions.All, cancellationToken);
            count += instances.Items.Count(instance => ResourceReader.Instance(instance, [])?.PolicyRef == policy.Name);
        }

        return count;
    }
}
