using System.Globalization;

namespace Sympozium.LocalCluster.Pods.Limits;

/// <summary>Reading and writing the files of control groups.</summary>
internal static class GroupFiles
{
    public const int CpuPeriodMicroseconds = 100_000;

    public static void Write(string directory, string file, string value) => File.WriteAllText(Path.Combine(directory, file), value);

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Quota per period; at least a millisecond, which is the kernel's least.</summary>
    public static long Quota(decimal processors) => Math.Max(1000, (long)(processors * CpuPeriodMicroseconds));

    /// <summary>The value of a line <c>name value</c>; 0 when there is none.</summary>
    public static int Counter(string path, string name)
    {
        try
        {
            string? line = File.ReadLines(path).FirstOrDefault(l => l.StartsWith(name + " ", StringComparison.Ordinal));
            return line is null ? 0 : int.Parse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Makes our part of a hierarchy; null when that is not allowed.</summary>
    public static string? Claim(string parent, string owner)
    {
        string directory = Path.Combine(parent, "sympozium-" + owner);
        try
        {
            Directory.CreateDirectory(directory);
            return directory;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Removes a group; the kernel wants the directory alone to be removed, files and all.</summary>
    public static void Remove(string directory)
    {
        if (Directory.Exists(directory) && Native(directory) != 0)
        {
            throw new IOException($"'{directory}' is in use");
        }
    }

    public static IEnumerable<string> Names(string directory) =>
        Directory.Exists(directory) ? Directory.GetDirectories(directory).Select(d => Path.GetFileName(d)) : [];

    private static int Native(string directory) => Processes.Native.RemoveDirectory(directory);
}
