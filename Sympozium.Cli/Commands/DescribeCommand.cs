using System.CommandLine;
using System.Text.Json.Nodes;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.Output;
using Sympozium.Cli.Terminals;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium describe</c>: one object in sections for a person, with its Events.</summary>
internal sealed class DescribeCommand : Verb
{
    private readonly ClusterOptions _cluster = new();
    private readonly Argument<string[]> _words = new("TYPE [NAME...]") { Description = "TYPE, TYPE NAME... or TYPE/NAME...", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _labels = new("--selector", "-l") { Description = "Only objects with these labels", HelpName = "K=V,..." };

    public DescribeCommand(CliContext context)
        : base(context, "describe", "Shows objects in detail, with their Events.", "sympozium describe agentrun hello", "sympozium describe instance/demo -n team-a")
    {
        Add(_words);
        Add(_labels);
        _cluster.AddTo(this);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using ClusterSession cluster = _cluster.Connect(parsed, Context);
        IReadOnlyList<ResourceTarget> targets = await ResourceTarget.ReadAsync(parsed.GetValue(_words)!, cluster, cancellationToken);
        ObjectFetcher fetcher = new(cluster, new ResourceQuery(cluster.Namespace, parsed.GetValue(_labels), null), Context.Time);
        int exitCode = ExitCodes.Ok;
        bool first = true;
        foreach (ResourceTarget target in targets)
        {
            try
            {
                foreach (JsonObject found in await fetcher.ObjectsAsync(target, cancellationToken))
                {
                    IReadOnlyList<JsonObject> events = await EventsAsync(cluster, target.Resource.Type, found, cancellationToken);
                    Context.Terminal.PrintRaw(first ? "" : "\n\n");
                    Describer.Write(Context.Terminal.Out, found, events, Context.Time);
                    first = false;
                }
            }
            catch (Exception e) when (e is KubernetesException { IsNotFound: true } or CliException)
            {
                exitCode = ErrorReport.Write(Context.Terminal, e);
            }
        }
        if (first && exitCode == ExitCodes.Ok)
        {
            Context.Terminal.Say($"No resources found in {cluster.Namespace} namespace.");
        }
        return exitCode;
    }

    private static async Task<IReadOnlyList<JsonObject>> EventsAsync(ClusterSession cluster, ResourceType type, JsonObject resource, CancellationToken cancellationToken)
    {
        string ns = ResourceNames.NamespaceOf(resource) ?? "default";
        string? uid = resource["metadata"]?["uid"]?.GetValue<string>();
        ListOptions options = new() { FieldSelector = $"involvedObject.name={ResourceNames.NameOf(resource)},involvedObject.kind={type.Kind}" };
        ResourceList events = await cluster.Client.ListAsync(CoreTypes.Events, ns, options, cancellationToken);
        return [.. events.Items.Where(e => uid is null || e["involvedObject"]?["uid"]?.GetValue<string>() is not { Length: > 0 } of || of == uid)];
    }
}
