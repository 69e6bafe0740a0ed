namespace Sympozium.GrainRuntime.Tests.Contract;

public sealed class ReminderTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(60);

    [Fact]
    public async Task Reminder_Due_CallsTheGrainAgainAndAgain_AlsoWhenItHasEnded()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IRemindedGrain>("grain");

        await grain.RegisterAsync("tick", TimeSpan.Zero, Short);
        await cluster.Probe.SeenAsync($"grain tick {Short}");
        await grain.EndAsync();

        await cluster.Probe.SeenAsync($"grain tick {Short}", 3);
    }

    [Fact]
    public async Task Reminder_AfterARestart_StillFires()
    {
        await using var cluster = await GrainCluster.StartAsync();
        await cluster.Grain<IRemindedGrain>("grain").RegisterAsync("tick", TimeSpan.Zero, Short);
        await cluster.Probe.SeenAsync($"grain tick {Short}");
        await cluster.StopAsync();
        var before = cluster.Probe.Count($"grain tick {Short}");

        await cluster.RestartAsync();

        await cluster.Probe.SeenAsync($"grain tick {Short}", before + 2);
        Assert.True(await cluster.Grain<IRemindedGrain>("grain").HasAsync("tick"));
    }

    [Fact]
    public async Task Reminders_OfAGrain_AreItsOwn()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IRemindedGrain>("grain");
        await grain.RegisterAsync("one", Hour, Hour);
        await grain.RegisterAsync("two", Hour, Hour);

        Assert.Equal(["one", "two"], (await grain.NamesAsync()).Order());
        Assert.Empty(await cluster.Grain<IRemindedGrain>("other").NamesAsync());
        Assert.False(await grain.HasAsync("three"));
    }

    [Fact]
    public async Task Reminder_Unregistered_IsGone()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IRemindedGrain>("grain");
        await grain.RegisterAsync("gone", TimeSpan.Zero, Short);
        await grain.RegisterAsync("clock", TimeSpan.Zero, Short);
        await cluster.Probe.SeenAsync($"grain gone {Short}");

        await grain.UnregisterAsync("gone");
        Assert.False(await grain.HasAsync("gone"));

        // One tick may be on its way, however long that is; ticks of one reminder never overlap.
        var ticks = cluster.Probe.Count($"grain gone {Short}");
        await cluster.Probe.SeenAsync($"grain clock {Short}", cluster.Probe.Count($"grain clock {Short}") + 5);
        Assert.InRange(cluster.Probe.Count($"grain gone {Short}"), ticks, ticks + 1);
    }

    [Fact]
    public async Task Reminder_RegisteredAnew_TakesTheNewPeriod()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IRemindedGrain>("grain");
        await grain.RegisterAsync("same", Hour, Hour);

        await grain.RegisterAsync("same", TimeSpan.Zero, Short);

        await cluster.Probe.SeenAsync($"grain same {Short}", 2);
        Assert.Equal(["same"], await grain.NamesAsync());
    }

    [Fact]
    public async Task Reminder_ThatFails_FiresAgain()
    {
        await using var cluster = await GrainCluster.StartAsync();

        await cluster.Grain<IRemindedGrain>("grain").RegisterAsync("failing", TimeSpan.Zero, Short);

        await cluster.Probe.SeenAsync($"grain failing {Short}", 3);
    }

    [Fact]
    public async Task Registration_WithTooShortAPeriod_IsRefused()
    {
        await using var cluster = await GrainCluster.StartAsync();

        await Assert.ThrowsAsync<ArgumentException>(
            () => cluster.Grain<IRemindedGrain>("grain").RegisterAsync("hasty", TimeSpan.Zero, TimeSpan.FromMilliseconds(1)));
    }

    [Fact]
    public async Task Registration_ByAGrainThatCannotBeReminded_IsRefused()
    {
        await using var cluster = await GrainCluster.StartAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.Grain<IDeafGrain>("deaf").RegisterAsync());
    }
}
