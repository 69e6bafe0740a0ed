using System.CommandLine;
using Sympozium.Cli.ControlPlanes;
using Sympozium.Cli.Terminals;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Cli.Clusters;

/// <summary>
/// The options by which every verb chooses its cluster: <c>--kubeconfig</c>, else the control plane that runs in <c>--data</c>, else
/// <c>KUBECONFIG</c> or <c>~/.kube/config</c>, else the cluster in which this process is a pod.
/// </summary>
internal sealed class ClusterOptions
{
    private readonly Option<string?> _kubeconfig = new("--kubeconfig") { Description = "Use this kubeconfig instead of the local control plane", HelpName = "FILE" };
    private readonly Option<string?> _context = new("--context") { Description = "Context of the kubeconfig; default: its current one", HelpName = "NAME" };
    private readonly Option<string?> _data = CreateDataOption();
    private readonly Option<string?> _namespace = new("--namespace", "-n") { Description = "Namespace; default: that of the context", HelpName = "NS" };

    public static Option<string?> CreateDataOption() => new("--data")
    {
        Description = "Data directory of the control plane; default $SYMPOZIUM_HOME, else ~/.sympozium",
        HelpName = "DIR",
    };

    public void AddTo(Command command, bool withNamespace = true)
    {
        if (withNamespace)
        {
            command.Options.Add(_namespace);
        }
        command.Options.Add(_data);
        command.Options.Add(_kubeconfig);
        command.Options.Add(_context);
    }

    /// <summary>The namespace that was asked for; null when none was.</summary>
    public string? Namespace(ParseResult parsed) => parsed.GetValue(_namespace);

    /// <summary>The options with which another command line reaches the same cluster; empty when it needs none.</summary>
    public string Repeat(ParseResult parsed, CliContext context)
    {
        string kubeconfig = parsed.GetValue(_kubeconfig) is { } file ? $" --kubeconfig {ShellQuote.Of(file)}" : "";
        string contextName = parsed.GetValue(_context) is { } name ? $" --context {ShellQuote.Of(name)}" : "";
        return kubeconfig + contextName is { Length: > 0 } cluster ? cluster : DataDirectory.Resolve(parsed.GetValue(_data), context).AsOption(context);
    }

    public ClusterSession Connect(ParseResult parsed, CliContext context)
    {
        string? kubeconfig = parsed.GetValue(_kubeconfig);
        string? contextName = parsed.GetValue(_context);
        string? givenData = parsed.GetValue(_data);
        DataDirectory data = DataDirectory.Resolve(givenData, context);
        ControlPlaneStatus? running = kubeconfig is null && contextName is null ? ControlPlane.FindRunning(data) : null;
        if (running is not null)
        {
            return Open(Kubeconfig.Load(running.Kubeconfig).Connect(null, context.Time), running, parsed, context);
        }
        if (givenData is not null && kubeconfig is null)
        {
            throw new CliException(ExitCodes.Unreachable, $"no control plane runs in {data.Path}; start it with 'sympozium up{data.AsOption(context)}'");
        }
        IReadOnlyList<string> files = kubeconfig is not null ? [kubeconfig] : Kubeconfig.DefaultFiles();
        ClusterConnection? connection = files.Count > 0
            ? Kubeconfig.Load(files).Connect(contextName, context.Time)
            : InClusterConnection.TryCreate(context.Time);
        return connection is null
            ? throw new CliException(ExitCodes.Unreachable,
                $"no control plane runs in {data.Path} and there is no kubeconfig; start one with 'sympozium up', or name a cluster with --kubeconfig")
            : Open(connection, null, parsed, context);
    }

    private ClusterSession Open(ClusterConnection connection, ControlPlaneStatus? local, ParseResult parsed, CliContext context)
    {
        KubernetesClientOptions options = new() { FieldManager = "sympozium-cli", UserAgent = $"sympozium-cli/{Commands.VersionCommand.Version}" };
#pragma warning disable CA2000 // the session owns the client
        return new ClusterSession(new KubernetesClient(connection, options, context.Time), local, Namespace(parsed) ?? connection.Namespace);
#pragma warning restore CA2000
    }
}
