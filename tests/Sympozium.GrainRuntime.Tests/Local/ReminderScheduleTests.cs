using Orleans;
using Sympozium.GrainRuntime.Reminders;

namespace Sympozium.GrainRuntime.Tests.Local;

public sealed class ReminderScheduleTests
{
    private static readonly DateTime Start = new(2026, 11, 21, 12, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData(-5, null, 0)]
    [InlineData(0, null, 0)]
    [InlineData(25, 20, 30)]
    [InlineData(25, 21, 30)]
    [InlineData(25, 19, 25)]
    [InlineData(25, null, 25)]
    [InlineData(1000, 0, 1000)]
    public void AfterStart_FiresAtOnce_OnlyIfATickWasMissed(int nowMinutes, int? lastTickMinutes, int expectedMinutes)
    {
        var lastTick = lastTickMinutes is null ? (DateTime?)null : Start.AddMinutes(lastTickMinutes.Value);

        Assert.Equal(Start.AddMinutes(expectedMinutes), ReminderSchedule.AfterStart(Entry(), lastTick, Start.AddMinutes(nowMinutes)));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 10)]
    [InlineData(9, 10)]
    [InlineData(10, 20)]
    [InlineData(35, 40)]
    public void After_KeepsTheRhythm(int nowMinutes, int expectedMinutes) =>
        Assert.Equal(Start.AddMinutes(expectedMinutes), ReminderSchedule.After(Entry(), Start.AddMinutes(nowMinutes)));

    private static ReminderEntry Entry() => new() { StartAt = Start, Period = TimeSpan.FromMinutes(10) };
}
