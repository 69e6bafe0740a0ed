using Orleans;

namespace Sympozium.Abstractions.Instances;

/// <summary>One SympoziumInstance or Agent; the key is <c>namespace/name</c>.</summary>
[Alias("sympozium.instance")]
public interface IInstanceGrain : IGrainWithStringKey
{
    /// <summary>Checks the instance and what it names, and writes its status. Level-triggered and idempotent.</summary>
    [Alias("reconcile")]
    Task ReconcileAsync(CancellationToken cancellationToken);
}
