using System.CommandLine;
using Sympozium.Cli.Applying;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.Output;
using Sympozium.Cli.Terminals;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium delete</c>: deletes objects by name, by label or as manifests name them, and waits until they are gone.</summary>
internal sealed class DeleteCommand : Verb
{
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(50);
    private readonly ClusterOptions _cluster = new();
    private readonly Argument<string[]> _words = new("TYPE [NAME...]") { Description = "TYPE NAME... or TYPE/NAME...", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string[]> _files = ManifestOptions.CreateFiles();
    private readonly Option<bool> _recursive = ManifestOptions.CreateRecursive();
    private readonly Option<string?> _labels = new("--selector", "-l") { Description = "All objects with these labels", HelpName = "K=V,..." };
    private readonly Option<bool> _all = new("--all") { Description = "All objects of the kind in the namespace" };
    private readonly Option<bool> _ignore = new("--ignore-not-found") { Description = "A missing object is no error" };
    private readonly Option<bool> _wait = new("--wait") { Description = "Return when the objects are gone", DefaultValueFactory = _ => true };
    private readonly Option<int> _timeout = new("--timeout") { Description = "Seconds to wait for one object", DefaultValueFactory = _ => 60, HelpName = "SECONDS" };
    private readonly Option<int?> _grace = new("--grace-period") { Description = "Seconds that pods get to end", HelpName = "SECONDS" };
    private readonly Option<string> _cascade = new("--cascade") { Description = "background, foreground or orphan", DefaultValueFactory = _ => "background" };

    private readonly Option<string> _output = OutputFormats.CreateOption(OutputFormats.Name);

    public DeleteCommand(CliContext context)
        : base(context, "delete", "Deletes objects.", "sympozium delete agentrun hello", "sympozium delete -f agent.yaml", "sympozium delete agentruns -l sympozium.ai/instance=demo")
    {
        Add(_words);
        foreach (Option option in (Option[])[_files, _recursive, _labels, _all, _ignore, _wait, _timeout, _grace, _cascade, _output])
        {
            Add(option);
        }
        _cascade.AcceptOnlyFromAmong("background", "foreground", "orphan");
        _cluster.AddTo(this);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string[] files = parsed.GetValue(_files) ?? [];
        string[] words = parsed.GetValue(_words) ?? [];
        if (files.Length == 0 == (words.Length == 0))
        {
            throw new CliException(ExitCodes.Usage, "name what to delete: either TYPE NAME, TYPE/NAME, or manifests with -f");
        }
        using ClusterSession cluster = _cluster.Connect(parsed, Context);
        IReadOnlyList<Doomed> targets = files.Length > 0
            ? await FromManifestsAsync(parsed, cluster, files, cancellationToken)
            : await FromWordsAsync(parsed, cluster, words, cancellationToken);
        if (targets.Count == 0)
        {
            Context.Terminal.Say("No resources found");
        }
        int exitCode = ExitCodes.Ok;
        foreach (Doomed target in targets)
        {
            int one = await DeleteOneAsync(parsed, cluster, target, cancellationToken);
            exitCode = one == ExitCodes.Ok ? exitCode : one;
        }
        return exitCode;
    }

    private async Task<IReadOnlyList<Doomed>> FromWordsAsync(ParseResult parsed, ClusterSession cluster, string[] words, CancellationToken cancellationToken)
    {
        IReadOnlyList<ResourceTarget> targets = await ResourceTarget.ReadAsync(words, cluster, cancellationToken);
        string? labels = parsed.GetValue(_labels);
        List<Doomed> doomed = [];
        foreach (ResourceTarget target in targets)
        {
            ResourceType type = target.Resource.Type;
            string? ns = type.Namespaced ? cluster.Namespace : null;
            if (target.Name is not null)
            {
                doomed.Add(new Doomed(type, ns, target.Name));
                continue;
            }
            if (labels is null && !parsed.GetValue(_all))
            {
                throw new CliException(ExitCodes.Usage, $"which {type.Plural}? Give names, a label selector with -l, or --all");
            }
            ResourceList list = await cluster.Client.ListAsync(type, ns, new ListOptions { LabelSelector = labels }, cancellationToken);
            doomed.AddRange(list.Items.Select(i => new Doomed(type, ns, ResourceNames.NameOf(i))));
        }
        return doomed;
    }

    private async Task<IReadOnlyList<Doomed>> FromManifestsAsync(ParseResult parsed, ClusterSession cluster, string[] files, CancellationToken cancellationToken)
    {
        List<Doomed> doomed = [];
        foreach (ManifestObject manifest in await new ManifestLoader(Context).LoadAsync(files, parsed.GetValue(_recursive), cancellationToken))
        {
            ApiResource resource = await cluster.Discovery.FindKindAsync(manifest.ApiVersion, manifest.Kind, cancellationToken)
                ?? throw new CliException(ExitCodes.NotFound, $"{manifest.Place}: the server has no kind '{manifest.Kind}' in apiVersion '{manifest.ApiVersion}'");
            doomed.Add(new Doomed(resource.Type, resource.Type.Namespaced ? manifest.Namespace ?? cluster.Namespace : null, manifest.Name));
        }
        return doomed;
    }

    private async Task<int> DeleteOneAsync(ParseResult parsed, ClusterSession cluster, Doomed target, CancellationToken cancellationToken)
    {
        string name = $"{ResourceNames.Of(target.Type)} \"{target.Name}\"";
        string cascade = parsed.GetValue(_cascade)!;
        DeleteOptions options = new() { PropagationPolicy = char.ToUpperInvariant(cascade[0]) + cascade[1..], GracePeriodSeconds = parsed.GetValue(_grace) };
        string? uid = parsed.GetValue(_wait) ? (await cluster.Client.GetAsync(target.Type, target.Namespace, target.Name, cancellationToken))?["metadata"]?["uid"]?.GetValue<string>() : null;
        if (!await cluster.Client.DeleteAsync(target.Type, target.Namespace, target.Name, options, cancellationToken))
        {
            if (parsed.GetValue(_ignore))
            {
                return ExitCodes.Ok;
            }
            Context.Terminal.Fail($"from server (NotFound): {target.Type} \"{target.Name}\" not found");
            return ExitCodes.NotFound;
        }
        Context.Terminal.Print(parsed.GetValue(_output) == OutputFormats.Name ? $"{ResourceNames.Of(target.Type)}/{target.Name}" : $"{name} deleted");
        if (uid is not null && !await WaitUntilGoneAsync(cluster, target, uid, TimeSpan.FromSeconds(parsed.GetValue(_timeout)), cancellationToken))
        {
            Context.Terminal.Fail($"{name} still exists after {parsed.GetValue(_timeout)} s; 'sympozium get {target.Type}/{target.Name} -o yaml' shows its finalizers");
            return ExitCodes.Timeout;
        }
        return ExitCodes.Ok;
    }

    private async Task<bool> WaitUntilGoneAsync(ClusterSession cluster, Doomed target, string uid, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long started = Context.Time.GetTimestamp();
        while ((await cluster.Client.GetAsync(target.Type, target.Namespace, target.Name, cancellationToken))?["metadata"]?["uid"]?.GetValue<string>() == uid)
        {
            if (Context.Time.GetElapsedTime(started) > timeout)
            {
                return false;
            }
            await Task.Delay(PollPeriod, Context.Time, cancellationToken);
        }
        return true;
    }

    /// <summary>One object to delete.</summary>
    private sealed record Doomed(ResourceType Type, string? Namespace, string Name);
}
