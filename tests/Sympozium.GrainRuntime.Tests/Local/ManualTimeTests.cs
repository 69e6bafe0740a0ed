using Microsoft.Extensions.DependencyInjection;
using Sympozium.GrainRuntime.Tests.Contract;

namespace Sympozium.GrainRuntime.Tests.Local;

/// <summary>What takes minutes or hours, with a clock that the test moves.</summary>
public sealed class ManualTimeTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly ManualTime _time = new(Noon);

    [Fact]
    public async Task Reminder_MissedWhileDown_StaysMissed_AndGoesOnInItsRhythm()
    {
        await using var cluster = await GrainCluster.StartAsync(new GrainClusterOptions { Time = _time });
        await cluster.Grain<IRemindedGrain>("grain").RegisterAsync("hourly", Hour, Hour);
        await cluster.StopAsync();
        _time.Advance(TimeSpan.FromHours(3.5));

        await cluster.RestartAsync();
        await _time.TimerSetAsync(Noon.AddHours(4));
        _time.Advance(TimeSpan.FromMinutes(29));
        Assert.Equal(0, cluster.Probe.Count($"grain hourly {Hour}"));
        // To the minute: beyond it, the call of the tick would be seen to have timed out.
        _time.Advance(TimeSpan.FromMinutes(1));
        await cluster.Probe.SeenAsync($"grain hourly {Hour}");
    }

    [Fact]
    public async Task Reminder_NotMissed_DoesNotFireAtTheStart()
    {
        await using var cluster = await GrainCluster.StartAsync(new GrainClusterOptions { Time = _time });
        await cluster.Grain<IRemindedGrain>("grain").RegisterAsync("hourly", TimeSpan.Zero, Hour);
        await cluster.Probe.SeenAsync($"grain hourly {Hour}");
        _time.Advance(TimeSpan.FromMinutes(10));

        await cluster.RestartAsync();
        await _time.TimerSetAsync(Noon.AddHours(1));

        Assert.Equal(1, cluster.Probe.Count($"grain hourly {Hour}"));
        _time.Advance(TimeSpan.FromMinutes(50));
        await cluster.Probe.SeenAsync($"grain hourly {Hour}", 2);
    }

    [Fact]
    public async Task Call_WithoutAnswer_TimesOutAfterTheDefaultTime_NotBefore()
    {
        await using var cluster = await GrainCluster.StartAsync(new GrainClusterOptions { Time = _time });
        var grain = cluster.Grain<ITurnGrain>("stuck");
        var early = grain.StepAsync("early", "gate");
        await cluster.Probe.SeenAsync("early starts");
        _time.Advance(TimeSpan.FromSeconds(20));
        var late = grain.StepAsync("late");

        _time.Advance(TimeSpan.FromSeconds(10));

        var timeout = await Assert.ThrowsAsync<TimeoutException>(() => early);
        Assert.Contains("still running", timeout.Message, StringComparison.Ordinal);
        Assert.False(late.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(20));
        timeout = await Assert.ThrowsAsync<TimeoutException>(() => late);
        Assert.Contains("waits for its turn", timeout.Message, StringComparison.Ordinal);

        // What timed out while it waited does not run any more.
        cluster.Probe.Open("gate");
        await cluster.Probe.SeenAsync("early ends");
        await grain.StepAsync("after");
        Assert.Equal(0, cluster.Probe.Count("late starts"));
    }

    [Fact]
    public async Task Start_ThatHangs_FailsItsCallers_AfterItsTime()
    {
        await using var cluster = await GrainCluster.StartAsync(new GrainClusterOptions { Time = _time, ResponseTimeout = Hour });
        var call = cluster.Grain<IFailingGrain>("hanging").HelloAsync();
        await cluster.Probe.SeenAsync("starting");

        _time.Advance(TimeSpan.FromSeconds(31));

        var failure = await Assert.ThrowsAsync<TimeoutException>(() => call);
        Assert.Contains("OnActivateAsync", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task End_WithACallThatHangs_ComesAfterItsTime()
    {
        await using var cluster = await GrainCluster.StartAsync(new GrainClusterOptions { Time = _time, ResponseTimeout = Hour });
        var grain = cluster.Grain<ILifeGrain>("hanging");
        var before = await grain.InstanceAsync();
        var call = grain.EndAsync("never");
        await cluster.Probe.SeenAsync("asked to end");
        var next = grain.InstanceAsync();

        _time.Advance(TimeSpan.FromSeconds(31));

        Assert.NotEqual(before, await next);
        cluster.Probe.Open("never");
        await call;
    }

    [Fact]
    public async Task IdleActivation_IsCollectedAfterItsAge_NotBefore()
    {
        await using var cluster = await GrainCluster.StartAsync(new GrainClusterOptions { Time = _time });
        var grain = cluster.Grain<ILifeGrain>("idle");
        var before = await grain.InstanceAsync();
        var runtime = cluster.Services.GetRequiredService<LocalGrains>();
        for (var minute = 0; minute < 15; minute++)
        {
            runtime.Collect();
        }

        Assert.Equal(before, await grain.InstanceAsync());
        for (var minute = 0; minute < 16; minute++)
        {
            runtime.Collect();
        }

        await cluster.Probe.SeenAsync("ends: ActivationIdle");
    }
}
