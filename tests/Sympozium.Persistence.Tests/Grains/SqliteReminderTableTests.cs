using Orleans;
using Orleans.Runtime;

namespace Sympozium.Persistence.Tests.Grains;

public sealed class SqliteReminderTableTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly GrainId Grain = GrainId.Create("test", "namespace/name");
    private static readonly DateTime Start = new(2026, 11, 21, 5, 0, 0, DateTimeKind.Utc);

    private readonly GrainDatabaseFile _file = new();

    public Task InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task Row_IsThereAfterReopening()
    {
        var eTag = await _file.Reminders.UpsertRow(Entry("tick"));

        await _file.ReopenAsync();

        var row = await _file.Reminders.ReadRow(Grain, "tick");
        Assert.Equal(Grain, row!.GrainId);
        Assert.Equal(Start, row.StartAt);
        Assert.Equal(TimeSpan.FromMinutes(5), row.Period);
        Assert.Equal(eTag, row.ETag);
    }

    [Fact]
    public async Task Rows_OfAGrain_AndOfAll_AreFound()
    {
        await _file.Reminders.UpsertRow(Entry("one"));
        await _file.Reminders.UpsertRow(Entry("two"));
        await _file.Reminders.UpsertRow(Entry("three", GrainId.Create("test", "other")));

        Assert.Equal(["one", "two"], (await _file.Reminders.ReadRows(Grain)).Reminders.Select(row => row.ReminderName).Order());
        Assert.Equal(3, (await _file.Reminders.ReadRows(0, 0)).Reminders.Count);
        Assert.Equal(2, (await _file.Reminders.ReadRows(Grain.GetUniformHashCode() - 1, Grain.GetUniformHashCode())).Reminders.Count);
    }

    [Fact]
    public async Task Row_WrittenAgain_HasANewETag()
    {
        var first = await _file.Reminders.UpsertRow(Entry("tick"));

        var second = await _file.Reminders.UpsertRow(Entry("tick"));

        Assert.NotEqual(first, second);
        Assert.False(await _file.Reminders.RemoveRow(Grain, "tick", first!));
        Assert.True(await _file.Reminders.RemoveRow(Grain, "tick", second!));
        Assert.Null(await _file.Reminders.ReadRow(Grain, "tick"));
    }

    private static ReminderEntry Entry(string name, GrainId? grain = null) => new()
    {
        GrainId = grain ?? Grain,
        ReminderName = name,
        StartAt = Start,
        Period = TimeSpan.FromMinutes(5),
    };
}
