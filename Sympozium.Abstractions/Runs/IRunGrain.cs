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

    /// <summary>Takes a result that the run's bridge published. A second one is ignored.</summary>
    [Alias("accept-result")]
    Task AcceptResultAsync(BusEvent result, CancellationToken cancellationToken);

    /// <summary>Where the broker sends a model call of this run.</summary>
    /// <exception cref="SympoziumNotFoundException">There is no such run (any more).</exception>
    /// <exception cref="SympoziumConflictException">The run has ended.</exception>
    [AlwaysInterleave]
    [Alias("model-route")]
    Task<ModelRoute> GetModelRouteAsync(CancellationToken cancellationToken);

    /// <summary>Adds a finished model call to the run's usage. Called by the broker before the agent sees the end of the answer.</summary>
    [Alias("record-usage")]
    Task RecordModelCallAsync(ModelCallUsage usage, CancellationToken cancellationToken);
}
