namespace Sympozium.Runner.Lifetime;

/// <summary>Exit codes of the executable.</summary>
internal static class ExitCodes
{
    /// <summary>The run succeeded, or the bridge carried everything.</summary>
    public const int Success = 0;

    /// <summary>The run failed; result.json and the log say why.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the environment is wrong.</summary>
    public const int UsageError = 2;
}
