using System.Globalization;
using System.Text;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary>Processes of local pods, found by what the kernel says of them and not by what the control plane believes.</summary>
internal static class PodProcesses
{
    private const int SignalKill = 9;

    /// <summary>
    /// Waits until no process is left that belongs to a pod of a data directory, or none that runs this program: one that was killed is there for as long
    /// as the machine needs to end it, whoever was told of its end.
    /// </summary>
    public static async Task AssertNoneAsync(string dataDirectory, string? program = null)
    {
        using var limit = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (true)
        {
            string[] left = [.. Find(dataDirectory).Where(process => program is null || process.Arguments[0] == program).Select(process => string.Join(' ', process.Arguments))];
            if (left.Length == 0)
            {
                return;
            }

            Assert.False(limit.IsCancellationRequested, $"These processes of pods are left: {string.Join("; ", left)}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    /// <summary>kill -9 for the runner with this verb.</summary>
    public static void Kill(string dataDirectory, string verb)
    {
        int[] pids = [.. Find(dataDirectory).Where(process => process.Arguments is [var program, var first, ..] && program.EndsWith("sympozium-runner", StringComparison.Ordinal) && first == verb).Select(process => process.Pid)];

        // What the runner starts looks like it until it is the program that was asked for.
        int runner = Assert.Single(pids, pid => !pids.Contains(Parent(pid)));
        Assert.Equal(0, ControlPlaneProcess.Signal(runner, SignalKill));
    }

    private static int Parent(int pid)
    {
        const string Start = "PPid:";
        string? line = Read($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/status").Split('\n').FirstOrDefault(l => l.StartsWith(Start, StringComparison.Ordinal));
        return line is null ? 0 : int.Parse(line.AsSpan(Start.Length), CultureInfo.InvariantCulture);
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
