using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Tests.Contract;

/// <summary>A grain that tells of its life.</summary>
public interface ILifeGrain : IGrainWithStringKey
{
    Task<Guid> InstanceAsync();

    Task EndAsync(string? gate = null);

    Task DelayAsync(TimeSpan time);

    Task<bool> HasOwnScopeAsync();

    Task<Guid> ScopedIdAsync();

    /// <summary>Waits at a gate; tells which activation did.</summary>
    Task<Guid> WaitAsync(string gate);
}

/// <summary>See <see cref="ILifeGrain"/>.</summary>
[GrainType("test.life")]
public sealed class LifeGrain(Probe probe, ScopedThing thing) : Grain, ILifeGrain
{
    private readonly Guid _instance = Guid.NewGuid();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        probe.Add("activated");
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        probe.Add($"ends: {reason.ReasonCode}");
        await Task.Yield();
        probe.Add("ended");
    }

    public Task<Guid> InstanceAsync() => Task.FromResult(_instance);

    public async Task EndAsync(string? gate)
    {
        DeactivateOnIdle();
        if (gate is not null)
        {
            probe.Add("asked to end");
            await probe.PassAsync(gate);
            probe.Add("call ends");
        }
    }

    public Task DelayAsync(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public Task<bool> HasOwnScopeAsync() => Task.FromResult(ReferenceEquals(ServiceProvider.GetRequiredService<ScopedThing>(), thing));

    public Task<Guid> ScopedIdAsync() => Task.FromResult(thing.Id);

    public async Task<Guid> WaitAsync(string gate)
    {
        probe.Add($"waits for {gate}");
        await probe.PassAsync(gate);
        return _instance;
    }
}

/// <summary>A grain whose start fails as often as the test says.</summary>
public interface IFailingGrain : IGrainWithStringKey
{
    Task<string> HelloAsync();
}

/// <summary>See <see cref="IFailingGrain"/>.</summary>
[GrainType("test.failing")]
public sealed class FailingGrain : Grain, IFailingGrain
{
    private readonly Probe _probe;

    public FailingGrain(Probe probe)
    {
        _probe = probe;
        if (this.GetPrimaryKeyString().StartsWith("constructor", StringComparison.Ordinal) && probe.Count("failed") == 0)
        {
            probe.Add("failed");
            throw new InvalidOperationException("no construction today");
        }
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _probe.Add("starting");
        await _probe.PassAsync("start");
        if (_probe.Count("failed") == 0)
        {
            _probe.Add("failed");
            throw new InvalidOperationException("no start today");
        }
    }

    public Task<string> HelloAsync() => Task.FromResult("hello");
}

/// <summary>A grain that ends itself while it starts.</summary>
public interface IRestlessGrain : IGrainWithStringKey
{
    Task<string> HelloAsync();
}

/// <summary>See <see cref="IRestlessGrain"/>.</summary>
[GrainType("test.restless")]
public sealed class RestlessGrain(Probe probe) : Grain, IRestlessGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        probe.Add("restless ended");
        return Task.CompletedTask;
    }

    public Task<string> HelloAsync() => Task.FromResult("hello");
}

/// <summary>A grain that is never collected.</summary>
public interface IKeptGrain : IGrainWithStringKey
{
    Task<Guid> InstanceAsync();
}

/// <summary>See <see cref="IKeptGrain"/>.</summary>
[KeepAlive]
[GrainType("test.kept")]
public sealed class KeptGrain : Grain, IKeptGrain
{
    private readonly Guid _instance = Guid.NewGuid();

    public Task<Guid> InstanceAsync() => Task.FromResult(_instance);
}

/// <summary>A grain which calls another one when it ends.</summary>
public interface ILastWordGrain : IGrainWithStringKey
{
    Task StartAsync();

    Task NoteAsync(string text);
}

/// <summary>See <see cref="ILastWordGrain"/>.</summary>
[GrainType("test.lastword")]
public sealed class LastWordGrain(Probe probe, [PersistentState("words", GrainCluster.StorageName)] IPersistentState<TestState> state)
    : Grain, ILastWordGrain
{
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (this.GetPrimaryKeyString() != "ledger")
        {
            probe.Add($"{this.GetPrimaryKeyString()} ends");
            await GrainFactory.GetGrain<ILastWordGrain>("ledger").NoteAsync($"last word of {this.GetPrimaryKeyString()}");
        }
    }

    public Task StartAsync() => Task.CompletedTask;

    public async Task NoteAsync(string text)
    {
        state.State.Text = text;
        await state.WriteStateAsync();
        probe.Add(text);
    }
}
