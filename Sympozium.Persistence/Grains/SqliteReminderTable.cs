using Microsoft.Data.Sqlite;
using Orleans;
using Orleans.Runtime;

namespace Sympozium.Persistence.Grains;

/// <summary>Reminders in SQLite, for both grain runtimes.</summary>
public sealed class SqliteReminderTable(SqliteGrainDatabase database) : IReminderTable
{
    private const string Columns = "SELECT grain, name, etag, start_ticks, period_ticks FROM grain_reminder";

    private const string Upsert = """
        INSERT INTO grain_reminder (grain, name, etag, start_ticks, period_ticks) VALUES ($grain, $name, $etag, $start, $period)
        ON CONFLICT (grain, name) DO UPDATE SET etag = $etag, start_ticks = $start, period_ticks = $period
        """;

    private const string Delete = "DELETE FROM grain_reminder WHERE grain = $grain AND name = $name AND etag = $etag";

    public Task<ReminderTableData> ReadRows(GrainId grainId) => Task.FromResult(new ReminderTableData(
        database.Read(connection => connection.Query($"{Columns} WHERE grain = $grain", Entry, ("$grain", grainId.ToString())))));

    public Task<ReminderTableData> ReadRows(uint begin, uint end) => Task.FromResult(new ReminderTableData(
        database.Read(connection => connection.Query(Columns, Entry)).Where(entry => Contains(begin, end, entry.GrainId.GetUniformHashCode()))));

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) => Task.FromResult(database.Read(connection => connection.Query(
        $"{Columns} WHERE grain = $grain AND name = $name", Entry, ("$grain", grainId.ToString()), ("$name", reminderName))).SingleOrDefault());

    public async Task<string?> UpsertRow(ReminderEntry entry)
    {
        var eTag = Guid.NewGuid().ToString("N");
        await database.WriteAsync(connection => connection.Execute(
            Upsert,
            ("$grain", entry.GrainId.ToString()),
            ("$name", entry.ReminderName),
            ("$etag", eTag),
            ("$start", entry.StartAt.ToUniversalTime().Ticks),
            ("$period", entry.Period.Ticks)));
        return eTag;
    }

    public async Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => await database.WriteAsync(
        connection => connection.Execute(Delete, ("$grain", grainId.ToString()), ("$name", reminderName), ("$etag", eTag))) == 1;

    public Task TestOnlyClearTable() => database.WriteAsync(connection => connection.Execute("DELETE FROM grain_reminder"));

    private static ReminderEntry Entry(SqliteDataReader row) => new()
    {
        GrainId = GrainId.Parse(row.GetString(0)),
        ReminderName = row.GetString(1),
        ETag = row.GetString(2),
        StartAt = new DateTime(row.GetInt64(3), DateTimeKind.Utc),
        Period = TimeSpan.FromTicks(row.GetInt64(4)),
    };

    // (begin, end] on a ring; the whole ring when both are equal.
    private static bool Contains(uint begin, uint end, uint hash) =>
        begin < end ? hash > begin && hash <= end : begin == end || hash > begin || hash <= end;
}
