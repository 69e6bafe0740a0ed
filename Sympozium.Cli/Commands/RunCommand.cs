using System.CommandLine;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.Output;
using Sympozium.Cli.Runs;
using Sympozium.Cli.Terminals;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium run</c>: gives an agent a task and follows it live.</summary>
internal sealed class RunCommand : Verb
{
    private readonly ClusterOptions _cluster = new();
    private readonly Argument<string> _task = new("task") { Description = "What the agent shall do; - reads it from standard input" };
    private readonly Option<string> _instance = new("--instance", "-i") { Description = "SympoziumInstance or Agent that does it", HelpName = "NAME", Required = true };
    private readonly Option<string?> _model = new("--model") { Description = "Model instead of the instance's", HelpName = "NAME" };
    private readonly Option<string?> _timeout = new("--timeout") { Description = "Most time the run may take, for example 90s or 5m", HelpName = "DURATION" };
    private readonly Option<bool> _detach = new("--detach", "-d") { Description = "Print the run's name and return at once" };
    private readonly Option<string> _output = OutputFormats.CreateOption(OutputFormats.Text, OutputFormats.Json, OutputFormats.Yaml);

    public RunCommand(CliContext context)
        : base(context, "run", "Gives an agent a task and follows it. The answer goes to stdout, everything else to stderr. Ctrl-C cancels the run.",
            "sympozium run \"List the failing pods\" --instance demo", "sympozium run \"Summarise it\" -i demo -o json | jq .status.tokenUsage",
            "git diff | sympozium run - -i reviewer")
    {
        Add(_task);
        foreach (Option option in (Option[])[_instance, _model, _timeout, _detach, _output])
        {
            Add(option);
        }
        _cluster.AddTo(this);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string task = parsed.GetValue(_task)!;
        task = task == "-" ? await Context.Terminal.In.ReadToEndAsync(cancellationToken) : task;
        if (string.IsNullOrWhiteSpace(task))
        {
            throw new CliException(ExitCodes.Usage, "the task is empty; say what the agent shall do");
        }
        using ClusterSession cluster = _cluster.Connect(parsed, Context);
        RunRequest request = new(task, parsed.GetValue(_instance)!, parsed.GetValue(_model), parsed.GetValue(_timeout));
        string name = await request.CreateAsync(cluster, cancellationToken);
        if (parsed.GetValue(_detach))
        {
            Context.Terminal.Print($"{ResourceNames.Of(AgentRuns.Type)}/{name}");
            string where = $"-n {cluster.Namespace}{_cluster.Repeat(parsed, Context)}";
            Context.Terminal.Say($"Follow it: sympozium get agentrun {name} -w {where}\nIts log:   sympozium logs -f {name} {where}", Tone.Quiet);
            return ExitCodes.Ok;
        }
        Context.Terminal.Say($"run {cluster.Namespace}/{name}", Tone.Quiet);
        return await new RunSession(cluster, Context).FollowAsync(name, parsed.GetValue(_output) ?? OutputFormats.Text, cancellationToken);
    }
}
