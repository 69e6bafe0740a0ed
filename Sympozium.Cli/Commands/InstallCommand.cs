using System.CommandLine;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.Installing;
using Sympozium.Cli.Terminals;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium install</c>: puts the control plane on a cluster, or prints what that takes.</summary>
internal sealed class InstallCommand : Verb
{
    private readonly ClusterOptions _cluster = new();
    private readonly Option<bool> _manifests = new("--manifests") { Description = "Print the manifests and change nothing" };
    private readonly Option<bool> _external = new("--external") { Description = "Namespace, definitions and rights only, for a control plane that runs outside of the cluster" };
    private readonly Option<bool> _webhook = new("--webhook") { Description = "Also the admission webhook: policies are checked when objects are written, and nothing of sympozium.ai can be written while the control plane is away" };
    private readonly Option<string?> _siloImage = new("--silo-image") { Description = "Image of the control plane", HelpName = "IMAGE" };
    private readonly Option<string?> _runnerImage = new("--runner-image") { Description = "Image of agents' pods", HelpName = "IMAGE" };
    private readonly Option<string?> _storageClass = new("--storage-class") { Description = "Class of the control plane's volume; default: the cluster's", HelpName = "NAME" };
    private readonly Option<bool> _noVolume = new("--no-volume") { Description = "No volume, for clusters without storage: token and history of the control plane go with its pod" };
    private readonly Option<int> _timeout = new("--timeout") { Description = "Seconds to wait; 0 does not wait for the control plane", DefaultValueFactory = _ => 180, HelpName = "SECONDS" };

    public InstallCommand(CliContext context)
        : base(context, "install", "Installs Sympozium on a cluster: definitions, rights, control plane. Repeat it to repair or upgrade.",
            "sympozium install --kubeconfig ~/.kube/config", "sympozium install --manifests > sympozium.yaml", "sympozium install --silo-image registry/silo:1 --runner-image registry/runner:1")
    {
        foreach (Option option in (Option[])[_manifests, _external, _webhook, _siloImage, _runnerImage, _storageClass, _noVolume, _timeout])
        {
            Add(option);
        }

        _cluster.AddTo(this, withNamespace: false);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        InstallManifests manifests = new(parsed.GetValue(_siloImage), parsed.GetValue(_runnerImage))
        {
            External = parsed.GetValue(_external),
            Webhook = parsed.GetValue(_webhook),
            StorageClass = parsed.GetValue(_storageClass),
            WithoutVolume = parsed.GetValue(_noVolume),
        };
        if (manifests is { WithoutVolume: true, StorageClass: not null })
        {
            throw new CliException(ExitCodes.Usage, "--storage-class names the class of a volume, and with --no-volume there is none; give one of the two");
        }

        if (manifests is { External: true, Webhook: true })
        {
            throw new CliException(ExitCodes.Usage, "--webhook leads API servers to a control plane in the cluster, and with --external there is none; docs/policies.md says how to register one that runs elsewhere");
        }

        if (parsed.GetValue(_manifests))
        {
            await Context.Terminal.Out.WriteAsync(manifests.ToYaml());
            return ExitCodes.Ok;
        }

        using ClusterSession cluster = _cluster.Connect(parsed, Context);
        TimeSpan timeout = TimeSpan.FromSeconds(parsed.GetValue(_timeout));
        Installer installer = new(cluster, Context.Terminal, Context.Time);
        await installer.ApplyAsync(manifests, timeout > TimeSpan.Zero ? timeout : TimeSpan.FromMinutes(1), cancellationToken);
        if (timeout > TimeSpan.Zero && manifests.Objects().FirstOrDefault(manifest => manifest.Kind == "Deployment") is { } deployment)
        {
            await installer.WaitForControlPlaneAsync(deployment.Name, timeout, cancellationToken);
        }

        Context.Terminal.Say("Sympozium is installed. Its gateway: kubectl -n sympozium-system port-forward service/sympozium-gateway 8080", Tone.Good);
        return ExitCodes.Ok;
    }
}
