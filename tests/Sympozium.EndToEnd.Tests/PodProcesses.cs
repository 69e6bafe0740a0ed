using System.Globalization;
using System.Text;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary>Processes of local pods, found by what the kernel says of them and not by what the control plane believes.</summary>
internal static class PodProcesses
{
    private const int SignalKill = 9;

    /// <summary>Runner processes (and what they started) that belong to pods of a data directory.</summary>
    public static IReadOnlyList<int> Of(string dataDirectory) => [.. Find(dataDirectory).Select(process => process.Pid)];

    /// <summary>Processes of pods that run this program.</summary>
    public static IReadOnlyList<int> Running(string dataDirectory, string program) =>
        [.. Find(dataDirectory).Where(process => process.Arguments[0] == program).Select(process => process.Pid)];

    /// <summary>kill -9 for the runner with this verb.</summary>
    public static void Kill(string dataDirectory, string verb)
    {
        int[] pids = [.. Find(dataDirectory).Where(process => process.Arguments is [var program, var first, ..] && program.EndsWith("sympozium-runner", StringComparison.Ordinal) && first == verb).Select(process => process.Pid)];
        Assert.Single(pids);
        Assert.Equal(0, ControlPlaneProcess.Signal(pids[0], SignalKill));
    }

    /// <summary>A process belongs to a data directory when its mounts or its environment name it; sandboxes hide neither from root or the same user.</summary>
    private static IEnumerable<(int Pid, string[] Arguments)> Find(string dataDirectory)
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                continue;
            }

            string[] arguments = Read(Path.Combine(directory, "cmdline")).Split('\0', StringSplitOptions.RemoveEmptyEntries);
            bool ours = Read(Path.Combine(directory, "mountinfo")).Contains($"{dataDirectory}/pods/", StringComparison.Ordinal)
                || Read(Path.Combine(directory, "environ")).Contains($"{dataDirectory}/pods/", StringComparison.Ordinal);
            if (ours && arguments.Length > 0)
            {
                yield return (pid, arguments);
            }
        }
    }

    private static string Read(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone in the meantime, or not ours.
            return "";
        }
    }
}
