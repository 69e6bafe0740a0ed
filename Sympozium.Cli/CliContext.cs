using Sympozium.Cli.Terminals;

namespace Sympozium.Cli;

/// <summary>What a verb gets from outside: the terminal, the clock and the environment.</summary>
internal sealed record CliContext(ITerminal Terminal, TimeProvider Time, Func<string, string?> Environment)
{
    public static CliContext ForProcess() => new(new ProcessTerminal(), TimeProvider.System, System.Environment.GetEnvironmentVariable);
}
