using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Tests.Contract;

/// <summary>A grain with timers.</summary>
public interface ITimerGrain : IGrainWithStringKey
{
    Task StartAsync(string name, TimeSpan due, TimeSpan period, bool interleave = false, bool keepAlive = false, string? gate = null);

    Task StopAsync(string name);

    Task ChangeAsync(string name, TimeSpan due, TimeSpan period);

    Task HoldAsync(string gate);

    [AlwaysInterleave]
    Task<bool> OverlappedAsync();

    Task EndAsync();

    Task<Guid> InstanceAsync();
}

/// <summary>See <see cref="ITimerGrain"/>.</summary>
[GrainType("test.timer")]
public sealed class TimerGrain(Probe probe) : Grain, ITimerGrain
{
    private readonly Guid _instance = Guid.NewGuid();
    private readonly Dictionary<string, IGrainTimer> _timers = [];
    private readonly HashSet<string> _ticking = [];
    private bool _overlapped;

    public Task StartAsync(string name, TimeSpan due, TimeSpan period, bool interleave, bool keepAlive, string? gate)
    {
        _timers[name] = this.RegisterGrainTimer(
            (state, cancellationToken) => TickAsync(state.name, state.gate, cancellationToken),
            (name, gate),
            new GrainTimerCreationOptions(due, period) { Interleave = interleave, KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public Task StopAsync(string name)
    {
        _timers[name].Dispose();
        return Task.CompletedTask;
    }

    public Task ChangeAsync(string name, TimeSpan due, TimeSpan period)
    {
        _timers[name].Change(due, period);
        return Task.CompletedTask;
    }

    public async Task HoldAsync(string gate)
    {
        probe.Add("held");
        await probe.PassAsync(gate);
        probe.Add("released");
    }

    public Task<bool> OverlappedAsync() => Task.FromResult(_overlapped);

    public Task EndAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<Guid> InstanceAsync() => Task.FromResult(_instance);

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        probe.Add($"{this.GetPrimaryKeyString()} ended");
        return Task.CompletedTask;
    }

    private async Task TickAsync(string name, string? gate, CancellationToken cancellationToken)
    {
        _overlapped |= !_ticking.Add(name);
        probe.Add(name);
        await Task.Yield();
        if (name == "failing")
        {
            _ticking.Remove(name);
            throw new InvalidOperationException("not now");
        }

        if (gate is not null)
        {
            try
            {
                await probe.PassAsync(gate).WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                probe.Add($"{name} cancelled");
                throw;
            }
        }

        _ticking.Remove(name);
        probe.Add($"{name} done");
    }
}
