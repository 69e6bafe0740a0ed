using System.Buffers.Binary;
using System.Globalization;

namespace Sympozium.LocalCluster.Pods.Logs;

/// <summary>
/// When the lines of a log were written. A container writes its log itself, so no line has a time in it; beside the log lies a list of pairs
/// (length of the log, time of its last change), one for each look at it while it grew. A line has the time of the first look that
/// saw it whole, minus a nanosecond for each byte that came after it: times are exact for the last line before a pause, close for the others, in order,
/// and the same whenever they are asked for.
/// </summary>
internal sealed class LogTimes
{
    public const int EntryBytes = 16;

    private const long NanosecondsPerTick = 100;

    private readonly List<(long Length, long Time)> _looks;

    private LogTimes(List<(long Length, long Time)> looks) => _looks = looks;

    /// <summary>The list beside a log.</summary>
    public static string PathOf(string log) => Path.ChangeExtension(log, ".times");

    /// <summary>Reads the list of a log; what was written after the last look has the time of the log's last change.</summary>
    public static LogTimes Read(string log)
    {
        var looks = new List<(long, long)>();
        string path = PathOf(log);
        if (File.Exists(path))
        {
            byte[] bytes = File.ReadAllBytes(path);
            for (int at = 0; at + EntryBytes <= bytes.Length; at += EntryBytes)
            {
                looks.Add((BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + sizeof(long)))));
            }
        }

        var file = new FileInfo(log);
        if (file.Exists && (looks.Count == 0 || file.Length > looks[^1].Item1))
        {
            looks.Add((file.Length, Nanoseconds(file.LastWriteTimeUtc)));
        }

        return new LogTimes(looks);
    }

    /// <summary>One look, as it is stored.</summary>
    public static void Write(Span<byte> entry, long length, DateTimeOffset time)
    {
        BinaryPrimitives.WriteInt64LittleEndian(entry, length);
        BinaryPrimitives.WriteInt64LittleEndian(entry[sizeof(long)..], Nanoseconds(time));
    }

    public static long Nanoseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick;

    /// <summary>When the line was written that ends (its newline included) at an offset; nanoseconds since 1970.</summary>
    public long At(long end)
    {
        int look = FirstFrom(end);
        if (look == _looks.Count)
        {
            return _looks.Count == 0 ? 0 : _looks[^1].Time;
        }

        long earliest = look == 0 ? long.MinValue : _looks[look - 1].Time + 1;
        return Math.Max(earliest, _looks[look].Time - (_looks[look].Length - end));
    }

    /// <summary>An offset before which no line was written at or after a time.</summary>
    public long Before(DateTimeOffset since)
    {
        long time = Nanoseconds(since);
        int look = _looks.FindIndex(l => l.Time >= time);
        return look < 0 ? long.MaxValue : look == 0 ? 0 : _looks[look - 1].Length;
    }

    /// <summary>As Go's RFC3339NanoFixed.</summary>
    public static string Format(long nanoseconds)
    {
        const long PerSecond = 1_000_000_000;
        DateTimeOffset second = DateTimeOffset.FromUnixTimeSeconds(nanoseconds / PerSecond);
        return string.Create(CultureInfo.InvariantCulture, $"{second:yyyy-MM-dd'T'HH:mm:ss}.{nanoseconds % PerSecond:D9}Z");
    }

    private int FirstFrom(long end)
    {
        int low = 0, high = _looks.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _looks[middle].Length < end ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
