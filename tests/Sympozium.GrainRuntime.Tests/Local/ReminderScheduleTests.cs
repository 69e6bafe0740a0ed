using Orleans;
using Sympozium.GrainRuntime.Reminders;

namespace Sympozium.GrainRuntime.Tests.Local;

public sealed class ReminderScheduleTests
{
    private static readonly DateTime Start = new(2026, 11, 21, 12, 0, 0, DateTimeKind.Utc);

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
