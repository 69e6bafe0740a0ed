namespace Sympozium.Testing;

/// <summary>The two time-outs of all tests. They only say when to give up, also on a machine that is busy with other things; no test waits for one to pass.</summary>
public static class TestTimeouts
{
    /// <summary>For something that happens inside one process.</summary>
    public static readonly TimeSpan InProcess = TimeSpan.FromSeconds(60);

    /// <summary>For something that starts processes.</summary>
    public static readonly TimeSpan WithProcesses = TimeSpan.FromSeconds(180);
}
