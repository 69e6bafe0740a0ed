using System.CommandLine;
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

    private readonly ClusterOptions _cluster = new();
    private readonly Option<bool> _all = new("--all") { Description = "Also the definitions with all agents, runs and policies, the data volume and the namespace" };

    public UninstallCommand(CliContext context)
        : base(context, "uninstall", "Removes Sympozium from a cluster. Agents, runs and data stay unless --all is given; running pods end by themselves.",
            "sympozium uninstall --kubeconfig ~/.kube/config", "sympozium uninstall --all")
    {
        Add(_all);
        _cluster.AddTo(this, withNamespace: false);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        bool all = parsed.GetValue(_all);
        using ClusterSession cluster = _cluster.Connect(parsed, Context);
        int removed = 0;
        foreach (ManifestObject manifest in new InstallManifests(null, null).Objects().Reverse().Where(manifest => all || !Kept.Contains(manifest.Kind)))
        {
            // A kind that the server does not have has no objects either.
            if (await cluster.Discovery.FindKindAsync(manifest.ApiVersion, manifest.Kind, cancellationToken) is { } resource
                && await cluster.Client.DeleteAsync(resource.Type, manifest.Namespace, manifest.Name, DeleteOptions.Background, cancellationToken))
            {
                Context.Terminal.Print($"{ResourceNames.Of(resource.Type)}/{manifest.Name} deleted");
                removed++;
            }
        }

        Context.Terminal.Say(removed == 0 ? "There was nothing to remove." : all
            ? "Sympozium is removed; the namespace is gone when its objects are."
            : "The control plane is removed. Agents, runs and data are still there; 'sympozium uninstall --all' removes them, too.");
        return ExitCodes.Ok;
    }
}
