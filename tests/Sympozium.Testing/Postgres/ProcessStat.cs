using System.Globalization;

namespace Sympozium.Testing.Postgres;

/// <summary>What Linux says of a process in /proc/[pid]/stat (proc(5)).</summary>
/// <param name="Id">Its pid.</param>
/// <param name="Parent">Its parent's pid.</param>
/// <param name="Seconds">Processor time of itself and of children that were waited for.</param>
internal sealed record ProcessStat(int Id, int Parent, double Seconds)
{
    private const double TicksPerSecond = 100;

    /// <summary>Null when it is gone.</summary>
    public static ProcessStat? Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (IOException)
        {
            // It has ended.
            return null;
        }

        // The name, in brackets, may hold anything.
        string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        long ticks = fields.AsSpan(11, 4).ToArray().Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
        return new ProcessStat(int.Parse(text.AsSpan(0, text.IndexOf(' ')), CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture), ticks / TicksPerSecond);
    }
}
