using System.CommandLine;
using System.Text.Json.Nodes;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.Output;
using Sympozium.Cli.Runs;
using Sympozium.Cli.Terminals;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium logs</c>: the log of a run's pod, or of any pod.</summary>
internal sealed class LogsCommand : Verb
{
    private const string AgentContainer = "agent";
    private readonly ClusterOptions _cluster = new();
    private readonly Argument<string> _name = new("RUN|POD") { Description = "Name of an AgentRun or a Pod; run/NAME and pod/NAME say which" };
    private readonly Option<string?> _container = new("--container", "-c") { Description = "Container; default: agent, else the first", HelpName = "NAME" };
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Go on until the container ends; waits for the pod of a new run" };
    private readonly Option<int?> _tail = new("--tail") { Description = "Only the last lines", HelpName = "LINES" };

    public LogsCommand(CliContext context)
        : base(context, "logs", "Shows the log of a run's pod, or of any pod.", "sympozium logs hello", "sympozium logs -f hello", "sympozium logs pod/hello-abcde -c ipc-bridge")
    {
        Add(_name);
        Add(_container);
        Add(_follow);
        Add(_tail);
        _cluster.AddTo(this);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using ClusterSession cluster = _cluster.Connect(parsed, Context);
        bool follow = parsed.GetValue(_follow);
        JsonObject pod = await new PodFinder(cluster, Context.Time).FindAsync(parsed.GetValue(_name)!, follow, cancellationToken);
        string container = parsed.GetValue(_container) ?? DefaultContainer(pod);
        LogOptions options = new(container, follow, parsed.GetValue(_tail));
        await using Stream log = await cluster.Client.OpenLogAsync(cluster.Namespace, ResourceNames.NameOf(pod), options, cancellationToken);
        char[] buffer = new char[8 * 1024];
        using StreamReader reader = new(log);
        int length;
        while ((length = await reader.ReadAsync(buffer, cancellationToken)) > 0)
        {
            Context.Terminal.PrintRaw(new string(buffer, 0, length));
        }
        return ExitCodes.Ok;
    }

    private static string DefaultContainer(JsonObject pod)
    {
        string[] names = [.. (pod["spec"]?["containers"]?.AsArray() ?? []).Select(c => c?["name"]?.GetValue<string>() ?? "")];
        return names.Contains(AgentContainer) ? AgentContainer : names.FirstOrDefault() ?? AgentContainer;
    }
}
