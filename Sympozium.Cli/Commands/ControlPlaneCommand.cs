using System.CommandLine;
using System.Diagnostics;
using Sympozium.Cli.ControlPlanes;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium silo</c> and <c>sympozium gateway</c>: parts of the control plane beside a cluster, in the foreground; options go on to <c>sympozium-silo</c>.</summary>
internal sealed class ControlPlaneCommand : Verb
{
    private readonly Argument<string[]> _options = new("options") { Description = "Options of sympozium-silo, after --", Arity = ArgumentArity.ZeroOrMore };

    public ControlPlaneCommand(CliContext context, string verb, string description, params string[] examples)
        : base(context, verb, description, examples)
    {
        Add(_options);
        TreatUnmatchedTokensAsErrors = false;
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(SiloExecutable.Find(Context)) { UseShellExecute = false };
        start.ArgumentList.Add(Name);
        foreach (string word in (string[])[.. parsed.GetValue(_options) ?? [], .. parsed.UnmatchedTokens])
        {
            start.ArgumentList.Add(word);
        }

        using Process process = Process.Start(start) ?? throw new CliException(ExitCodes.StartFailed, $"'{start.FileName}' could not be started");
        using CancellationTokenRegistration forward = cancellationToken.Register(() => ProcessIdentity.Signal(process.Id, kill: false));
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode switch
        {
            0 => ExitCodes.Ok,
            2 => ExitCodes.Usage,
            13 => ExitCodes.Unreachable,
            _ => ExitCodes.StartFailed,
        };
    }
}
