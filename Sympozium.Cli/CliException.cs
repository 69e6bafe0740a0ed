namespace Sympozium.Cli;

/// <summary>Ends a verb with a message for a person and an exit code.</summary>
internal sealed class CliException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}
