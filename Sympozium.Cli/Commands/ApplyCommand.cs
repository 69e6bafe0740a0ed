using System.CommandLine;
using System.Text.Json.Nodes;
using Sympozium.Cli.Applying;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.Output;
using Sympozium.Cli.Terminals;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium apply</c>: makes the cluster have what manifests say. Mixes with <c>kubectl apply</c>.</summary>
internal sealed class ApplyCommand : Verb
{
    private readonly ClusterOptions _cluster = new();
    private readonly Option<string[]> _files = ManifestOptions.CreateFiles();
    private readonly Option<bool> _recursive = ManifestOptions.CreateRecursive();
    private readonly Option<string> _dryRun = ManifestOptions.CreateDryRun();
    private readonly Option<bool> _serverSide = new("--server-side") { Description = "Let the server merge and keep track of who owns which field" };
    private readonly Option<bool> _force = new("--force-conflicts") { Description = "With --server-side: take fields that others own" };
    private readonly Option<string> _output = OutputFormats.CreateOption(OutputFormats.Json, OutputFormats.Yaml, OutputFormats.Name, OutputFormats.JsonPathPrefix);

    public ApplyCommand(CliContext context)
        : base(context, "apply", "Creates objects, or merges them into those that exist. YAML or JSON, any number of documents.",
            "sympozium apply -f agent.yaml", "sympozium apply -f ./manifests -R -n team-a", "sympozium apply -f - --dry-run=server < agent.yaml")
    {
        foreach (Option option in (Option[])[_files, _recursive, _dryRun, _serverSide, _force, _output])
        {
            Add(option);
        }
        _files.Required = true;
        _cluster.AddTo(this);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IReadOnlyList<ManifestObject> manifests =
            await new ManifestLoader(Context).LoadAsync(parsed.GetValue(_files)!, parsed.GetValue(_recursive), cancellationToken);
        using ClusterSession cluster = _cluster.Connect(parsed, Context);
        bool dryRun = ManifestOptions.IsDryRun(parsed.GetValue(_dryRun));
        Applier applier = new(cluster, new ApplyOptions(dryRun, parsed.GetValue(_serverSide), parsed.GetValue(_force)));
        string format = parsed.GetValue(_output) ?? "";
        List<Applied> results = [];
        int exitCode = ExitCodes.Ok;
        foreach (ManifestObject manifest in manifests)
        {
            try
            {
                Applied applied = await applier.ApplyAsync(manifest, _cluster.Namespace(parsed), cancellationToken);
                results.Add(applied);
                if (format.Length == 0)
                {
                    Context.Terminal.Print($"{ResourceNames.Of(applied.Type, applied.Object)} {applied.Verb}{(dryRun ? " (server dry run)" : "")}");
                }
            }
            catch (KubernetesException e) when (e.Reason != StatusReasons.Unreachable)
            {
                (exitCode, string? message) = ErrorReport.Explain(e);
                Context.Terminal.Fail($"{manifest.Place}: {manifest.Kind} '{manifest.Name}': {message}");
            }
            catch (CliException e)
            {
                exitCode = ErrorReport.Write(Context.Terminal, e);
            }
        }
        if (format.Length > 0 && results.Count > 0)
        {
            JsonObject[] objects = [.. results.Select(r => r.Object)];
            Array.ForEach(objects, o => (o["metadata"] as JsonObject)?.Remove("managedFields"));
            ObjectWriter.Write(Context.Terminal.Out, format, results.Count == 1, [.. results.Select(r => r.Type)], objects);
        }
        return exitCode;
    }
}
