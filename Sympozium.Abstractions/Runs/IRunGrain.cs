using Orleans;
using Orleans.Concurrency;
using Sympozium.Abstractions.Events;

namespace Sympozium.Abstractions.Runs;

/// <summary>One AgentRun; the key is <c>namespace/name</c>.</summary>
[Alias("sympozium.run")]
public interface IRunGrain : IGrainWithStringKey
{
    /// <summary>
    /// Brings the run one step nearer to its end: reads the resource, its Job and its pod, and writes the difference.
    /// Level-triggered: may be called at any time, any number of times; a run that is deleted or ended is a no-op.
    /// </summary>
    [Alias("reconcile")]
    Task ReconcileAsync(CancellationToken cancellationToken);

    /// <summary>Takes a result that the bridge of the run with this uid published. A second one is ignored, and that of an earlier run of this name.</summary>
    [Alias("accept-result")]
    Task AcceptResultAsync(string runUid, BusEvent result, CancellationToken cancellationToken);

    /// <summary>Where the broker sends a model call of the run with this uid.</summary>
    /// <exception cref="SympoziumNotFoundException">There is no such run (any more), or another one has its name.</exception>
    /// <exception cref="SympoziumConflictException">The run has ended.</exception>
    [AlwaysInterleave]
    [Alias("model-route")]
    Task<ModelRoute> GetModelRouteAsync(string runUid, CancellationToken cancellationToken);

    /// <summary>Adds a finished model call to the usage of the run with this uid; that of an earlier run of this name is dropped. Called by the broker before the agent sees the end of the answer.</summary>
    [Alias("record-usage")]
    Task RecordModelCallAsync(string runUid, ModelCallUsage usage, CancellationToken cancellationToken);
}
