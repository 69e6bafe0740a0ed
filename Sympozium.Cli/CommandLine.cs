using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.Commands;
using Sympozium.Cli.Terminals;

namespace Sympozium.Cli;

/// <summary>The table of contents of all verbs, and how one is run.</summary>
internal static class CommandLine
{
    public static RootCommand Create(CliContext context)
    {
        RootCommand root = new("Sympozium runs fleets of AI agents on Kubernetes, or on this machine.\n\nFirst time here: sympozium demo")
        {
            new DemoCommand(context),
            new UpCommand(context),
            new DownCommand(context),
            new StatusCommand(context),
            new RunCommand(context),
            new GetCommand(context),
            new DescribeCommand(context),
            new ApplyCommand(context),
            new DeleteCommand(context),
            new LogsCommand(context),
            new KubeconfigCommand(context),
            new InstallCommand(context),
            new UninstallCommand(context),
            new ControlPlaneCommand(context, "silo", "Runs the control plane beside a cluster, in the foreground. Options go to sympozium-silo.",
                "sympozium silo --kubeconfig ~/.kube/config --data ./data --gateway-url http://10.0.0.5:8080"),
            new ControlPlaneCommand(context, "gateway", "Runs a gateway beside silos, in the foreground. Options go to sympozium-silo.",
                "sympozium gateway --kubeconfig ~/.kube/config"),
            new BuildImagesCommand(context),
            new ModelStubCommand(context),
            new VersionCommand(context),
        };
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliContext context, CancellationToken cancellationToken)
    {
        ITerminal terminal = context.Terminal;
        // No verb at all is a question, not a mistake.
        ParseResult parsed = Create(context).Parse(args.Count == 0 ? ["--help"] : args);
        if (parsed.Errors.Count > 0)
        {
            return ReportUsage(parsed, terminal);
        }
        if (UnknownOption(parsed) is { } unknown)
        {
            terminal.Fail($"'{parsed.CommandResult.Command.Name}' has no option '{unknown}'; behind -- it would be a word");
            return SayHelp(parsed.CommandResult.Command, terminal);
        }
        InvocationConfiguration configuration = new()
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (Exception e)
        {
            return ErrorReport.Write(terminal, e);
        }
    }

    private static int ReportUsage(ParseResult parsed, ITerminal terminal)
    {
        Command command = parsed.CommandResult.Command;
        if (command is RootCommand && parsed.UnmatchedTokens is [var word, ..])
        {
            string? near = Suggestion.Nearest(word, command.Subcommands.Select(c => c.Name));
            terminal.Fail($"there is no verb '{word}'{(near is null ? "" : $"; did you mean '{near}'?")}");
        }
        else
        {
            foreach (ParseError error in parsed.Errors)
            {
                terminal.Fail(error.Message);
            }
        }
        return SayHelp(command, terminal);
    }

    // A verb that takes any number of words would take a mistyped option for one of them.
    private static string? UnknownOption(ParseResult parsed) => parsed.CommandResult.Command is ControlPlaneCommand || parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash)
        ? null
        : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value).FirstOrDefault(LooksLikeOption);

    private static bool LooksLikeOption(string word)
    {
        string name = word.TrimStart('-').Split('=')[0];
        return word.Length > 1 && word[0] == '-' && name.Length > 0 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
    }

    private static int SayHelp(Command command, ITerminal terminal)
    {
        terminal.Say($"See 'sympozium{(command is RootCommand ? "" : $" {command.Name}")} --help'.");
        return ExitCodes.Usage;
    }
}
