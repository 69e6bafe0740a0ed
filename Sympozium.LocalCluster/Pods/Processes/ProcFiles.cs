using System.Globalization;
using System.Text;

namespace Sympozium.LocalCluster.Pods.Processes;

/// <summary>What <c>/proc</c> says about processes.</summary>
internal static class ProcFiles
{
    /// <summary>
    /// Environment variable of every process of a pod: <c>&lt;control plane&gt;/&lt;pod uid&gt;/&lt;container&gt;/&lt;restart&gt;</c>. It names the owner of
    /// processes that nobody recorded.
    /// </summary>
    public const string MarkerVariable = "SYMPOZIUM_LOCAL_POD";

    private const int StartTimeField = 22;

    /// <summary>This boot's id: process ids and start times mean nothing after the next one.</summary>
    public static string BootId { get; } = ReadText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>Start time in clock ticks since boot; null when the process is gone or only waits to be reaped.</summary>
    public static long? StartTicks(int pid)
    {
        // The command name in brackets may hold spaces and brackets itself.
        string stat = ReadText($"/proc/{pid}/stat");
        int end = stat.LastIndexOf(')');
        if (end < 0)
        {
            return null;
        }

        string[] fields = stat[(end + 2)..].Split(' ');
        bool dead = fields[0] is "Z" or "X";
        return dead ? null : long.Parse(fields[StartTimeField - 3], CultureInfo.InvariantCulture);
    }

    public static bool IsRunning(int pid) => StartTicks(pid) is not null;

    /// <summary>The oldest child of a process; null when it has none.</summary>
    public static int? FirstChild(int pid)
    {
        string children = ReadText($"/proc/{pid}/task/{pid}/children");
        int end = children.IndexOf(' ', StringComparison.Ordinal);
        return end > 0 ? int.Parse(children.AsSpan(0, end), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The children of a process, of all its threads.</summary>
    public static IReadOnlyList<int> Children(int pid)
    {
        try
        {
            return
            [
                .. Directory.EnumerateDirectories($"/proc/{pid}/task").SelectMany(t => ReadText(t + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    .Select(c => int.Parse(c, CultureInfo.InvariantCulture)),
            ];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The processes whose marker starts with a text, with their markers.</summary>
    public static IReadOnlyList<(int Pid, string Marker)> FindMarked(string prefix)
    {
        var found = new List<(int, string)>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out int pid)
                && Marker(pid) is { } marker
                && marker.StartsWith(prefix, StringComparison.Ordinal))
            {
                found.Add((pid, marker));
            }
        }

        return found;
    }

    /// <summary>The marker of a process; null when it has none, is gone or belongs to somebody else.</summary>
    public static string? Marker(int pid)
    {
        const string Start = MarkerVariable + "=";
        foreach (string variable in ReadText($"/proc/{pid}/environ").Split('\0'))
        {
            if (variable.StartsWith(Start, StringComparison.Ordinal))
            {
                return variable[Start.Length..];
            }
        }

        return null;
    }

    /// <summary>The file that a process runs; null when it is gone.</summary>
    public static string? Program(int pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/exe").LinkTarget;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether a process has a handler of its own for a signal.</summary>
    public static bool Catches(int pid, int signal)
    {
        const string Start = "SigCgt:";
        foreach (string line in ReadText($"/proc/{pid}/status").Split('\n'))
        {
            if (line.StartsWith(Start, StringComparison.Ordinal))
            {
                return (ulong.Parse(line.AsSpan(Start.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (signal - 1))) != 0;
            }
        }

        return false;
    }

    /// <summary>The environment that a process was started with.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Variables(int pid) =>
    [
        .. ReadText($"/proc/{pid}/environ").Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=', 2)).Where(v => v.Length == 2)
            .Select(v => KeyValuePair.Create(v[0], v[1])),
    ];

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path, Encoding.UTF8);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
