using Microsoft.Extensions.Logging;
using Sympozium.Abstractions;
using Sympozium.Kubernetes.Watching;

namespace Sympozium.Silo.Forwarding;

/// <summary>
/// Grains that are to be called. A grain of this process's share is called at once, any other after <see cref="ForwarderOptions.BackupDelay"/>, so that
/// a silo that lives but does not forward holds nothing up for ever; a run that has ended by then is not called. When the share changes, all that is ours
/// then is called at once: what waited, and each run that lives, since the silo that had it may have died in the middle.
/// </summary>
internal sealed class ForwardingQueue : IDisposable
{
    private readonly ReconcileQueue<GrainTarget> _queue;
    private readonly IForwardingShare _share;
    private readonly LiveRuns _runs;
    private readonly TimeSpan _backupDelay;

    public ForwardingQueue(Func<GrainTarget, CancellationToken, Task> call, IForwardingShare share, LiveRuns runs, TimeSpan backupDelay, TimeProvider time, ILogger logger)
    {
        _queue = new ReconcileQueue<GrainTarget>(call, new ReconcileQueueOptions(), time, logger);
        _share = share;
        _runs = runs;
        _backupDelay = backupDelay;
        _share.Changed += TakeOver;
    }

    /// <summary>Grains that wait for a call or are being called.</summary>
    public int Count => _queue.Count;

    /// <summary>Calls until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _queue.RunAsync(cancellationToken);

    /// <summary>Adds a run that was created or changed.</summary>
    public void AddRun(ResourceKey run)
    {
        var target = new GrainTarget(TargetKind.Run, run);
        if (_share.IsMine(run))
        {
            _queue.Add(target);
        }
        else if (_runs.Contains(run))
        {
            _queue.Add(target, _backupDelay);
        }
        else
        {
            _queue.Withdraw(target);
        }
    }

    /// <summary>Adds a grain of something else, to be called after <paramref name="delay"/> at the earliest.</summary>
    public void Add(GrainTarget target, TimeSpan delay = default) => _queue.Add(target, _share.IsMine(target.Key) ? delay : delay + _backupDelay);

    /// <inheritdoc/>
    public void Dispose() => _share.Changed -= TakeOver;

    private void TakeOver()
    {
        _queue.Hasten(target => _share.IsMine(target.Key));
        foreach (ResourceKey run in _runs.All().Where(_share.IsMine))
        {
            _queue.Add(new GrainTarget(TargetKind.Run, run));
        }
    }
}
