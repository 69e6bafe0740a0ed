using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Tests.Contract;

/// <summary>A grain whose calls wait at gates and say when they start and end.</summary>
public interface ITurnGrain : IGrainWithStringKey
{
    Task<Guid> InstanceAsync();

    Task StepAsync(string name, string? gate = null);

    [ReadOnly]
    Task ReadAsync(string name, string? gate = null);

    [AlwaysInterleave]
    Task InterleaveAsync(string name, string? gate = null);

    [OneWay]
    Task OneWayAsync(string name, bool fails);

    /// <summary>Adds to a field without any lock, giving way between reading and writing it where <paramref name="yields"/> says so.</summary>
    Task<int> AddAsync(bool yields);

    Task<List<int>> CollectAsync(int number);
}

/// <summary>The same, reentrant.</summary>
public interface IReentrantTurnGrain : ITurnGrain;

/// <summary>See <see cref="ITurnGrain"/>.</summary>
[GrainType("test.turn")]
public class TurnGrain(Probe probe) : Grain, ITurnGrain
{
    private readonly Guid _instance = Guid.NewGuid();
    private readonly List<int> _collected = [];
    private int _sum;
    private int _inTurn;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        probe.Add($"activated {this.GetPrimaryKeyString()}");
        return Task.CompletedTask;
    }

    public Task<Guid> InstanceAsync() => Task.FromResult(_instance);

    public Task StepAsync(string name, string? gate) => RunAsync(name, gate);

    public Task ReadAsync(string name, string? gate) => RunAsync(name, gate);

    public Task InterleaveAsync(string name, string? gate) => RunAsync(name, gate);

    public async Task OneWayAsync(string name, bool fails)
    {
        await RunAsync(name, name);
        if (fails)
        {
            throw new InvalidOperationException(name);
        }
    }

    public async Task<int> AddAsync(bool yields)
    {
        for (var round = 0; round < 5; round++)
        {
            Enter();
            var sum = _sum;
            Thread.SpinWait(20);
            _sum = sum + 1;
            Leave();
            if (yields)
            {
                await Task.Yield();
            }
        }

        return _sum;
    }

    public async Task<List<int>> CollectAsync(int number)
    {
        _collected.Add(number);
        await Task.Yield();
        return [.. _collected];
    }

    private async Task RunAsync(string name, string? gate)
    {
        probe.Add($"{name} starts");
        if (gate is not null)
        {
            await probe.PassAsync(gate);
        }
        else
        {
            await Task.Yield();
        }

        probe.Add($"{name} ends");
    }

    private void Enter()
    {
        if (Interlocked.Increment(ref _inTurn) != 1)
        {
            throw new InvalidOperationException("Two turns at once.");
        }
    }

    private void Leave() => Interlocked.Decrement(ref _inTurn);
}

/// <summary>See <see cref="IReentrantTurnGrain"/>.</summary>
[Reentrant]
[GrainType("test.reentrant")]
public sealed class ReentrantTurnGrain(Probe probe) : TurnGrain(probe), IReentrantTurnGrain;

/// <summary>A grain that calls others.</summary>
public interface IChainGrain : IGrainWithStringKey
{
    /// <summary>Goes on to "<c>key</c>/next" until <paramref name="depth"/> is 0; gives the number of grains passed.</summary>
    Task<int> DescendAsync(int depth);

    /// <summary>Calls <paramref name="other"/>, which calls back.</summary>
    Task<string> CircleAsync(string other);

    Task<string> BackAsync(string origin);

    Task<string> HelloAsync();

    [AlwaysInterleave]
    Task<string> InterleavedHelloAsync();

    Task<string> InterleavedCircleAsync(string other);

    Task<string> InterleavedBackAsync(string origin);

    Task<string> CallMeBackAsync();

    Task<string> CallAsync(IChainGrain grain);

    Task<string?> ContextAsync(string key, string? change, int hops);

    [ResponseTimeout("00:00:00.2")]
    Task SlowAsync(string gate);
}

/// <summary>See <see cref="IChainGrain"/>.</summary>
[GrainType("test.chain")]
public sealed class ChainGrain(Probe probe) : Grain, IChainGrain
{
    public async Task<int> DescendAsync(int depth) =>
        depth == 0 ? 1 : 1 + await GrainFactory.GetGrain<IChainGrain>($"{this.GetPrimaryKeyString()}/{depth}").DescendAsync(depth - 1);

    public Task<string> CircleAsync(string other) => GrainFactory.GetGrain<IChainGrain>(other).BackAsync(this.GetPrimaryKeyString());

    public Task<string> BackAsync(string origin) => GrainFactory.GetGrain<IChainGrain>(origin).HelloAsync();

    public Task<string> HelloAsync() => Task.FromResult($"hello from {this.GetPrimaryKeyString()}");

    public Task<string> InterleavedHelloAsync() => HelloAsync();

    public Task<string> InterleavedCircleAsync(string other) =>
        GrainFactory.GetGrain<IChainGrain>(other).InterleavedBackAsync(this.GetPrimaryKeyString());

    public Task<string> InterleavedBackAsync(string origin) => GrainFactory.GetGrain<IChainGrain>(origin).InterleavedHelloAsync();

    public Task<string> CallMeBackAsync() => GrainFactory.GetGrain<IChainGrain>("callee").CallAsync(this.AsReference<IChainGrain>());

    public Task<string> CallAsync(IChainGrain grain) => grain.InterleavedHelloAsync();

    public async Task<string?> ContextAsync(string key, string? change, int hops)
    {
        var value = RequestContext.Get(key) as string;
        if (change is not null)
        {
            RequestContext.Set(key, change);
        }

        return hops == 0
            ? value
            : await GrainFactory.GetGrain<IChainGrain>($"{this.GetPrimaryKeyString()}+").ContextAsync(key, null, hops - 1);
    }

    public Task SlowAsync(string gate) => probe.PassAsync(gate);
}
