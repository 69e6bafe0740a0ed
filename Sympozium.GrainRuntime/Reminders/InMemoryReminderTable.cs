using System.Globalization;
using Orleans;
using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Reminders;

/// <summary>Reminders in memory. They survive the grain runtime, not the process.</summary>
public sealed class InMemoryReminderTable : IReminderTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(GrainId, string), ReminderEntry> _rows = [];
    private long _version;

    public Task<ReminderTableData> ReadRows(GrainId grainId) => Task.FromResult(Select(entry => entry.GrainId == grainId));

    public Task<ReminderTableData> ReadRows(uint begin, uint end) => Task.FromResult(Select(entry => Contains(begin, end, entry.GrainId.GetUniformHashCode())));

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName)
    {
        lock (_gate)
        {
            return Task.FromResult(_rows.TryGetValue((grainId, reminderName), out var row) ? Copy(row) : null);
        }
    }

    public Task<string?> UpsertRow(ReminderEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        lock (_gate)
        {
            var copy = Copy(entry);
            copy.ETag = (++_version).ToString(CultureInfo.InvariantCulture);
            _rows[(entry.GrainId, entry.ReminderName)] = copy;
            return Task.FromResult<string?>(copy.ETag);
        }
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag)
    {
        lock (_gate)
        {
            return Task.FromResult(
                _rows.TryGetValue((grainId, reminderName), out var row) && row.ETag == eTag && _rows.Remove((grainId, reminderName)));
        }
    }

    public Task TestOnlyClearTable()
    {
        lock (_gate)
        {
            _rows.Clear();
        }

        return Task.CompletedTask;
    }

    // (begin, end] on a ring; the whole ring when both are equal.
    private static bool Contains(uint begin, uint end, uint hash) =>
        begin < end ? hash > begin && hash <= end : begin == end || hash > begin || hash <= end;

    private static ReminderEntry Copy(ReminderEntry entry) => new()
    {
        GrainId = entry.GrainId,
        ReminderName = entry.ReminderName,
        StartAt = entry.StartAt,
        Period = entry.Period,
        ETag = entry.ETag,
    };

    private ReminderTableData Select(Func<ReminderEntry, bool> predicate)
    {
        lock (_gate)
        {
            return new ReminderTableData(_rows.Values.Where(predicate).Select(Copy));
        }
    }
}
