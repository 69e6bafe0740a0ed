using Sympozium.Cli;
using Sympozium.Cli.Commands;

// Answered before anything is loaded: scripts and installers ask often.
if (args is ["--version"] or ["version"])
{
    Console.WriteLine(VersionCommand.Version);
    return ExitCodes.Ok;
}
using InterruptSignals interrupts = new();
return await CommandLine.RunAsync(args, CliContext.ForProcess(), interrupts.Token);
