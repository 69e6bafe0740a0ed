namespace Sympozium.Cli;

/// <summary>Exit codes of every verb; scripts rely on them. Documented in <c>docs/cli.md</c>.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The agent run ended as Failed, Skipped or Cancelled.</summary>
    public const int RunFailed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The control plane (or the cluster) does not answer, or none is running.</summary>
    public const int Unreachable = 3;

    /// <summary>A named object or kind does not exist.</summary>
    public const int NotFound = 4;

    /// <summary>The API refused a request, or a manifest is invalid.</summary>
    public const int Refused = 5;

    /// <summary>Something did not happen within the time given.</summary>
    public const int Timeout = 6;

    /// <summary>The control plane could not start: port taken, data directory in use or damaged, executable missing.</summary>
    public const int StartFailed = 7;

    /// <summary>An error of this program.</summary>
    public const int Internal = 70;

    /// <summary>Interrupted by Ctrl-C or SIGTERM.</summary>
    public const int Interrupted = 130;
}
