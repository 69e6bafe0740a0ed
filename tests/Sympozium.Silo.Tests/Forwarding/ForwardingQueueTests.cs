using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Abstractions;
using Sympozium.Silo.Forwarding;
using Sympozium.Testing;

namespace Sympozium.Silo.Tests.Forwarding;

/// <summary>Who calls a grain of several silos, and when.</summary>
public sealed class ForwardingQueueTests : IAsyncDisposable
{
    private static readonly TimeSpan Backup = TimeSpan.FromSeconds(15);
    private static readonly ResourceKey Run = new("team", "run-1");

    private readonly FakeTime _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<GrainTarget> _called = Channel.CreateUnbounded<GrainTarget>();
    private readonly ChosenShare _share = new();
    private readonly LiveRuns _runs = new();
    private readonly ForwardingQueue _queue;
    private readonly Task _running;

    public ForwardingQueueTests()
    {
        _queue = new ForwardingQueue((target, token) => _called.Writer.WriteAsync(target, token).AsTask(), _share, _runs, Backup, _time, NullLogger.Instance);
        _running = _queue.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default);
        _queue.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Run_OfThisSilo_IsCalledAtOnce()
    {
        _share.Mine = _ => true;

        See("Running");

        Assert.Equal(Run, (await NextAsync()).Key);
    }

    [Fact]
    public async Task Run_OfAnotherSilo_IsCalledWhenItHasNotEndedInTime()
    {
        See("Pending");
        See("Running");

        Assert.Equal(Backup, _time.NextTimer);
        Assert.False(_called.Reader.TryRead(out _));
        _time.Advance(Backup);
        Assert.Equal(new GrainTarget(TargetKind.Run, Run), await NextAsync());
    }

    [Fact]
    public void Run_OfAnotherSilo_ThatEndsInTime_IsNotCalled()
    {
        See("Running");
        See("Succeeded");

        Assert.Equal(0, _queue.Count);
        Assert.Null(_time.NextTimer);

        // Its Job completes after it.
        _queue.AddRun(Run);
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task Runs_ThatLive_AreCalledAtOnce_WhenTheirSiloIsGone()
    {
        See("Running");
        _time.Advance(Backup);
        await NextAsync();
        await UntilIdleAsync();
        _queue.Add(new GrainTarget(TargetKind.Policy, Run));

        // Nothing waits for the run any more, and the policy waits; both are ours now.
        _share.Mine = _ => true;
        _share.Change();

        TargetKind[] called = [(await NextAsync()).Kind, (await NextAsync()).Kind];
        Assert.Equal([TargetKind.Policy, TargetKind.Run], called.OrderDescending());
        Assert.Null(_time.NextTimer);
    }

    [Fact]
    public async Task Others_OfAnotherSilo_AreCalledLater()
    {
        _queue.Add(new GrainTarget(TargetKind.Instance, Run), TimeSpan.FromSeconds(2));

        Assert.Equal(Backup + TimeSpan.FromSeconds(2), _time.NextTimer);
        _share.Mine = _ => true;
        _queue.Add(new GrainTarget(TargetKind.Instance, Run), TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(2), _time.NextTimer);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TargetKind.Instance, (await NextAsync()).Kind);
    }

    [Fact]
    public void Keys_AreSharedEvenly_AndOnlyThoseOfTheSiloThatLeavesMove()
    {
        const int Keys = 9000;
        ulong[] silos = [.. Enumerable.Range(0, 3).Select(number => KeyHash.Of($"10.0.0.{number}:11111@42"))];
        ResourceKey[] keys = [.. Enumerable.Range(0, Keys).Select(number => new ResourceKey("team", $"run-{number}"))];

        int[] three = [.. keys.Select(key => OwnerOf(key, silos))];
        int[] two = [.. keys.Select(key => OwnerOf(key, silos[..2]))];

        Assert.All(Enumerable.Range(0, 3), silo => Assert.InRange(three.Count(owner => owner == silo), Keys / 3 * 9 / 10, Keys / 3 * 11 / 10));
        Assert.All(three.Zip(two), pair => Assert.True(pair.First == 2 || pair.First == pair.Second));
    }

    private static int OwnerOf(ResourceKey key, ulong[] silos) =>
        Enumerable.Range(0, silos.Length).MaxBy(silo => KeyHash.Mix(silos[silo] ^ KeyHash.Of(key)));

    /// <summary>What the watch does with a change of the run.</summary>
    private void See(string phase)
    {
        _runs.See(Run, new JsonObject { ["status"] = new JsonObject { ["phase"] = phase } });
        _queue.AddRun(Run);
    }

    private async Task<GrainTarget> NextAsync()
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.InProcess);
        return await _called.Reader.ReadAsync(deadline.Token);
    }

    private async Task UntilIdleAsync()
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.InProcess);
        while (_queue.Count > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }
    }

    private sealed class ChosenShare : IForwardingShare
    {
        public event Action? Changed;

        public Func<ResourceKey, bool> Mine { get; set; } = _ => false;

        public bool IsMine(ResourceKey key) => Mine(key);

        public void Change() => Changed?.Invoke();
    }
}
