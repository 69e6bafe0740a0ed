using Orleans;

namespace Sympozium.Abstractions.Policies;

/// <summary>One SympoziumPolicy; the key is <c>namespace/name</c>.</summary>
[Alias("sympozium.policy")]
public interface IPolicyGrain : IGrainWithStringKey
{
    /// <summary>Checks the policy, counts the instances that name it, and writes its status. Level-triggered and idempotent.</summary>
    [Alias("reconcile")]
    Task ReconcileAsync(CancellationToken cancellationToken);
}
