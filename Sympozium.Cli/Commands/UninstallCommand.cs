using System.CommandLine;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Cli.Applying;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.Installing;
using Sympozium.Cli.Output;
using Sympozium.Cli.Terminals;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium uninstall</c>: takes the control plane off a cluster; with <c>--all</c> everything that it ever made.</summary>
internal sealed class UninstallCommand : Verb
{
    private static readonly string[] Kept = ["Namespace", "CustomResourceDefinition", "PersistentVolumeClaim"];

    /// <summary>On what the control plane makes for all runs of a namespace.</summary>
    private const string SharedLabels = "app.kubernetes.io/part-of=sympozium,app.kubernetes.io/managed-by=sympozium-controller";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    private readonly ClusterOptions _cluster = new();

    private readonly Option<int> _timeout = new("--timeout") { Description = "Seconds to wait with --all until everything is gone; 0 does not wait", DefaultValueFactory = _ => 180, HelpName = "SECONDS" };
    private readonly Option<bool> _all = new("--all") { Description = "Also the definitions with all agents, runs and policies, the data volume and the namespace" };

    public UninstallCommand(CliContext context)
        : base(context, "uninstall", "Removes Sympozium from a cluster. Agents, runs and data stay unless --all is given; running pods end by themselves.",
            "sympozium uninstall --kubeconfig ~/.kube/config", "sympozium uninstall --all")
    {
        Add(_all);
        Add(_timeout);
        _cluster.AddTo(this, withNamespace: false);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        bool all = parsed.GetValue(_all);
        using ClusterSession cluster = _cluster.Connect(parsed, Context);
        int removed = 0;
        List<(ResourceType Type, string Name)> ending = [];
        foreach (ManifestObject manifest in new InstallManifests(null, null) { Webhook = true, WithClusterProfile = true }.Objects().Reverse().Where(manifest => all || !Kept.Contains(manifest.Kind)))
        {
            // A kind that the server does not have has no objects either.
            if (await cluster.Discovery.FindKindAsync(manifest.ApiVersion, manifest.Kind, cancellationToken) is { } resource
                && await cluster.Client.DeleteAsync(resource.Type, manifest.Namespace, manifest.Name, DeleteOptions.Background, cancellationToken))
            {
                Context.Terminal.Print($"{ResourceNames.Of(resource.Type)}/{manifest.Name} deleted");
                removed++;
                if (manifest.Kind is "Namespace" or "CustomResourceDefinition")
                {
                    ending.Add((resource.Type, manifest.Name));
                }
            }
        }

        removed += all ? await RemoveSharedAsync(cluster, cancellationToken) : 0;
        await WaitAsync(cluster, ending, TimeSpan.FromSeconds(parsed.GetValue(_timeout)), cancellationToken);
        Context.Terminal.Say(removed == 0 ? "There was nothing to remove." : all
            ? parsed.GetValue(_timeout) > 0 ? "Sympozium is removed." : "Sympozium is being removed; the namespace is gone when its objects are."
            : "The control plane is removed. Agents, runs and data are still there; 'sympozium uninstall --all' removes them, too.");
        return ExitCodes.Ok;
    }

    /// <summary>What runs of a namespace share belongs to none of them, so nothing else takes it away.</summary>
    private async Task<int> RemoveSharedAsync(ClusterSession cluster, CancellationToken cancellationToken)
    {
        int removed = 0;
        foreach ((ResourceType type, ListOptions selection) in (IEnumerable<(ResourceType, ListOptions)>)
            [
                (CoreTypes.NetworkPolicies, new ListOptions { LabelSelector = SharedLabels }),
                (CoreTypes.ServiceAccounts, new ListOptions { FieldSelector = $"metadata.name={SympoziumNames.AgentServiceAccount}" }),
            ])
        {
            foreach (JsonObject shared in (await cluster.Client.ListAsync(type, null, selection, cancellationToken)).Items)
            {
                (string ns, string name) = ((string)shared["metadata"]!["namespace"]!, (string)shared["metadata"]!["name"]!);
                if (await cluster.Client.DeleteAsync(type, ns, name, DeleteOptions.Background, cancellationToken))
                {
                    Context.Terminal.Print($"{ResourceNames.Of(type)}/{name} deleted in {ns}");
                    removed++;
                }
            }
        }

        return removed;
    }

    /// <summary>Namespaces and definitions go after what is in them. An installation would be refused until then.</summary>
    /// <exception cref="CliException">They are still there after the time.</exception>
    private async Task WaitAsync(ClusterSession cluster, List<(ResourceType Type, string Name)> ending, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, Context.Time);
        foreach ((ResourceType type, string name) in timeout > TimeSpan.Zero ? ending : [])
        {
            while (await cluster.Client.GetAsync(type, null, name, cancellationToken) is { } left)
            {
                if (deadline.IsCancellationRequested)
                {
                    string why = (left["status"]?["conditions"] as JsonArray)?.Where(c => (string?)c?["status"] == "True").Select(c => (string?)c!["message"]).LastOrDefault(message => message is { Length: > 0 }) ?? "nothing says why";
                    throw new CliException(ExitCodes.Timeout, $"{ResourceNames.Of(type)}/{name} is deleted and still there after {timeout.TotalSeconds:0} s: {why}");
                }

                await Task.Delay(Poll, Context.Time, cancellationToken);
            }
        }
    }
}
