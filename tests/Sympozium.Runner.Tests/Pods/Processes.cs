namespace Sympozium.Runner.Tests.Pods;

/// <summary>What Linux says of processes.</summary>
internal static class Processes
{
    /// <summary>Whether a process is there and has not ended, though nobody may have waited for it.</summary>
    public static bool IsAlive(string process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
