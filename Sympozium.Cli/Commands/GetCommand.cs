using System.CommandLine;
using System.Text.Json.Nodes;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.Output;
using Sympozium.Cli.Terminals;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium get</c>: shows objects as tables which the server renders, or as JSON, YAML, names or a JSONPath.</summary>
internal sealed class GetCommand : Verb
{
    private readonly ClusterOptions _cluster = new();
    private readonly Argument<string[]> _words = new("TYPE [NAME...]") { Description = "TYPE, TYPE,TYPE, TYPE NAME... or TYPE/NAME...", Arity = ArgumentArity.OneOrMore };
    private readonly Option<bool> _all = new("--all-namespaces", "-A") { Description = "Objects of all namespaces" };
    private readonly Option<string?> _labels = new("--selector", "-l") { Description = "Only objects with these labels", HelpName = "K=V,..." };
    private readonly Option<string?> _fields = new("--field-selector") { Description = "Only objects with these fields", HelpName = "F=V,..." };
    private readonly Option<bool> _watch = new("--watch", "-w") { Description = "Go on and show every change" };
    private readonly Option<bool> _noHeaders = new("--no-headers") { Description = "Rows without headings" };
    private readonly Option<bool> _showLabels = new("--show-labels") { Description = "Also show labels" };
    private readonly Option<bool> _managed = new("--show-managed-fields") { Description = "Keep metadata.managedFields in JSON and YAML" };
    private readonly Option<string> _output =
        OutputFormats.CreateOption(OutputFormats.Json, OutputFormats.Yaml, OutputFormats.Name, OutputFormats.Wide, OutputFormats.JsonPathPrefix);

    public GetCommand(CliContext context)
        : base(context, "get", "Shows objects.", "sympozium get agentruns", "sympozium get runs,pods -A", "sympozium get agentrun hello -o yaml",
            "sympozium get agentrun/hello -w", "sympozium get agentrun hello -o jsonpath='{.status.result}'")
    {
        Add(_words);
        foreach (Option option in (Option[])[_all, _labels, _fields, _watch, _output, _noHeaders, _showLabels, _managed])
        {
            Add(option);
        }
        _cluster.AddTo(this);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using ClusterSession cluster = _cluster.Connect(parsed, Context);
        IReadOnlyList<ResourceTarget> targets = await ResourceTarget.ReadAsync(parsed.GetValue(_words)!, cluster, cancellationToken);
        bool all = parsed.GetValue(_all);
        if (all && targets.Any(t => t.Name is not null))
        {
            throw new CliException(ExitCodes.Usage, "an object cannot be got by name from all namespaces; name its namespace with -n");
        }
        string format = parsed.GetValue(_output) ?? "";
        ResourceQuery query = new(all ? null : cluster.Namespace, parsed.GetValue(_labels), parsed.GetValue(_fields));
        bool isTable = format is "" or OutputFormats.Wide;
        if (parsed.GetValue(_watch))
        {
            return await WatchAsync(parsed, cluster, targets, query, isTable, format, cancellationToken);
        }
        return isTable
            ? await WriteTablesAsync(parsed, cluster, targets, query, format, cancellationToken)
            : await WriteObjectsAsync(parsed, cluster, targets, query, format, cancellationToken);
    }

    private TableView View(ParseResult parsed, string format, bool withNamespace, bool severalKinds) =>
        new(format == OutputFormats.Wide, withNamespace, severalKinds, parsed.GetValue(_showLabels));

    private async Task<int> WriteTablesAsync(
        ParseResult parsed, ClusterSession cluster, IReadOnlyList<ResourceTarget> targets, ResourceQuery query, string format, CancellationToken cancellationToken)
    {
        ObjectFetcher fetcher = new(cluster, query, Context.Time);
        int exitCode = ExitCodes.Ok;
        bool any = false;
        IGrouping<ApiResource, ResourceTarget>[] groups = [.. targets.GroupBy(t => t.Resource)];
        foreach (IGrouping<ApiResource, ResourceTarget> group in groups)
        {
            TableView view = View(parsed, format, query.Namespace is null && group.Key.Type.Namespaced, groups.Length > 1);
            IReadOnlyList<JsonObject> columns = [];
            List<IReadOnlyList<string>> rows = [];
            foreach (ResourceTarget target in group)
            {
                try
                {
                    JsonObject table = await fetcher.TableAsync(target, cancellationToken);
                    columns = ServerTable.Columns(table);
                    rows.AddRange(ServerTable.Rows(table, columns, target.Resource, view));
                }
                catch (Exception e) when (e is KubernetesException { IsNotFound: true } or CliException)
                {
                    exitCode = ErrorReport.Write(Context.Terminal, e);
                }
            }
            if (rows.Count > 0)
            {
                Context.Terminal.PrintRaw(any ? "\n" : "");
                new TextTable().Write(Context.Terminal.Out, parsed.GetValue(_noHeaders) ? null : ServerTable.Headings(columns, view), rows);
                any = true;
            }
        }
        if (!any && exitCode == ExitCodes.Ok)
        {
            Context.Terminal.Say(query.Namespace is null || targets.All(t => !t.Resource.Type.Namespaced)
                ? "No resources found" : $"No resources found in {query.Namespace} namespace.");
        }
        return exitCode;
    }

    private async Task<int> WriteObjectsAsync(
        ParseResult parsed, ClusterSession cluster, IReadOnlyList<ResourceTarget> targets, ResourceQuery query, string format, CancellationToken cancellationToken)
    {
        ObjectFetcher fetcher = new(cluster, query, Context.Time);
        List<(ApiResource Resource, JsonObject Object)> found = [];
        int exitCode = ExitCodes.Ok;
        foreach (ResourceTarget target in targets)
        {
            try
            {
                found.AddRange((await fetcher.ObjectsAsync(target, cancellationToken)).Select(o => (target.Resource, o)));
            }
            catch (Exception e) when (e is KubernetesException { IsNotFound: true } or CliException)
            {
                exitCode = ErrorReport.Write(Context.Terminal, e);
            }
        }
        bool single = targets is [{ Name: not null }];
        if (!single || found.Count > 0)
        {
            JsonObject[] objects = [.. found.Select(f => Clean(f.Object, parsed))];
            ObjectWriter.Write(Context.Terminal.Out, format, single, [.. found.Select(f => f.Resource.Type)], objects);
        }
        return exitCode;
    }

    private async Task<int> WatchAsync(
        ParseResult parsed, ClusterSession cluster, IReadOnlyList<ResourceTarget> targets, ResourceQuery query, bool isTable, string format, CancellationToken cancellationToken)
    {
        if (targets.Count != 1)
        {
            throw new CliException(ExitCodes.Usage, "-w follows one kind or one object; name one");
        }
        ResourceTarget target = targets[0];
        ObjectFetcher fetcher = new(cluster, query, Context.Time);
        TableView view = View(parsed, format, query.Namespace is null && target.Resource.Type.Namespaced, severalKinds: false);
        bool headings = !parsed.GetValue(_noHeaders);
        TextTable text = new();
        IReadOnlyList<JsonObject> columns = [];
        await foreach (JsonObject item in fetcher.WatchAsync(target, isTable, cancellationToken))
        {
            if (!isTable)
            {
                ObjectWriter.Write(Context.Terminal.Out, format, single: true, [target.Resource.Type], [Clean(item, parsed)]);
                continue;
            }
            // Only the first table of a watch names its columns.
            columns = ServerTable.Columns(item) is { Count: > 0 } given ? given : columns;
            IReadOnlyList<IReadOnlyList<string>> rows = ServerTable.Rows(item, columns, target.Resource, view);
            if (rows.Count > 0)
            {
                text.Write(Context.Terminal.Out, headings ? ServerTable.Headings(columns, view) : null, rows);
                headings = false;
            }
        }
        return ExitCodes.Ok;
    }

    private JsonObject Clean(JsonObject resource, ParseResult parsed)
    {
        if (!parsed.GetValue(_managed))
        {
            (resource["metadata"] as JsonObject)?.Remove("managedFields");
        }
        return resource;
    }
}
