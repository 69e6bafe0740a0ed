using System.CommandLine;
using System.Reflection;
using Sympozium.Cli.Terminals;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium version</c>.</summary>
internal sealed class VersionCommand(CliContext context) : Verb(context, "version", "Prints the version of this program.", "sympozium version")
{
    public static string Version { get; } =
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    protected override Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        Context.Terminal.Print(Version);
        return Task.FromResult(ExitCodes.Ok);
    }
}
