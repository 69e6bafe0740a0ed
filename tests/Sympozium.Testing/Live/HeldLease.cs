using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Leading;

namespace Sympozium.Testing.Live;

/// <summary>A Lease that this process holds, from when nobody else does until it is disposed of.</summary>
public sealed class HeldLease : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LeaderElector _elector;
    private readonly Task _work;

    /// <summary>Tries to get it from now on.</summary>
    public HeldLease(IKubernetesClient client, string ns, string name, string identity)
    {
        _elector = new LeaderElector(client, new LeaderElectionOptions { Namespace = ns, Name = name, Identity = identity }, TimeProvider.System, NullLogger.Instance);
        _work = _elector.RunAsync(HoldAsync, _end.Token);
    }

    /// <summary>Completes when it is held.</summary>
    public Task Held => _held.Task;

    /// <summary>Who holds it; empty when nobody is known to.</summary>
    public string Holder => _elector.Leader;

    /// <summary>Gives it back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _work;
        _end.Dispose();
    }

    private Task HoldAsync(CancellationToken term)
    {
        _held.TrySetResult();
        return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, term);
    }
}
