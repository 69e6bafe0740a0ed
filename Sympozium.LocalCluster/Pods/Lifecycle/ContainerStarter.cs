using Microsoft.Win32.SafeHandles;
using Sympozium.Abstractions;
using Sympozium.LocalCluster.Pods.Limits;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Network;
using Sympozium.LocalCluster.Pods.Processes;
using Sympozium.LocalCluster.Pods.Sandbox;
using Sympozium.LocalCluster.Pods.Variables;
using Sympozium.LocalCluster.Pods.Volumes;
using Sympozium.LocalCluster.ServiceRouting;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>Turns a container's description into a running process.</summary>
internal sealed class ContainerStarter(PodServices services, PodManifest pod, string address)
{
    /// <summary>What <c>sethostname</c> takes at most.</summary>
    private const int MaxHostnameLength = 63;

    private readonly PodFields _fields = new(pod, services.Options.NodeName, address);
    private readonly ImageResolver _images = new(services.Options);
    private IReadOnlyDictionary<string, PreparedVolume>? _volumes;

    /// <summary>Starts the container's next life; throws <see cref="PodConfigException"/> when it is not possible now.</summary>
    public async Task<ContainerProcess> StartAsync(PodContainer container, int restart, CancellationToken cancellationToken)
    {
        try
        {
            var objects = new PodObjects(services.Client, pod.Metadata.Namespace);
            _volumes ??= await Volumes().PrepareAsync(pod, objects, _fields, cancellationToken);
            ContainerLaunch launch = await DescribeAsync(container.Spec, restart, objects, cancellationToken);
            PodPaths.CreatePrivate(Path.GetDirectoryName(launch.OutputFile)!);
            PodPaths.CreatePrivate(Path.GetDirectoryName(launch.RecordFile)!);
            PrepareMessage(container, restart);
            IReadOnlyList<string> groups = services.Groups.Create(launch.Marker, ContainerLimits.Of(container.Spec, services.Options));
            (SafeFileHandle? read, SafeFileHandle? write) = container.Spec.Stdin ? Descriptors.Pipe() : default((SafeFileHandle?, SafeFileHandle?));
            using SafeFileHandle? given = read;
            int pid = ProcessSpawner.Spawn(services.Sandbox.Describe(launch) with { Groups = groups, StandardInput = given });
            return new ContainerProcess(pid, ProcFiles.StartTicks(pid) ?? 0, launch.RecordFile, launch.Marker, services.Processes.WaitAsync(pid))
            {
                Input = write,
                StartProblem = services.Sandbox.HasPidNamespace ? CommandLookup.WhyMissing(launch) : null,
            };
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            throw new PodConfigException(
                PodConfigException.CreateError,
                $"Container '{container.Name}' cannot be started: {failed.Message} Check space and rights of '{services.Paths.Pods}'.");
        }
    }

    /// <summary>Shows in the projected volumes what their sources are now. What is missing keeps its last state, as with the kubelet.</summary>
    public async Task RefreshAsync(PodManifest now, CancellationToken cancellationToken)
    {
        var objects = new PodObjects(services.Client, now.Metadata.Namespace);
        await Volumes().RefreshAsync(now, objects, new PodFields(now, services.Options.NodeName, address), cancellationToken);
    }

    private PodVolumes Volumes() => new(services.Paths, services.Client, services.Tokens, services.Time);

    /// <summary>An empty file, which the container's sight of it is bound to.</summary>
    private void PrepareMessage(PodContainer container, int restart)
    {
        string message = services.Paths.Message(pod.Metadata.Uid, container.Name, restart);
        PodPaths.CreatePrivate(Path.GetDirectoryName(message)!);
        File.WriteAllBytes(message, []);
    }

    private async Task<ContainerLaunch> DescribeAsync(ContainerSpec container, int restart, PodObjects objects, CancellationToken cancellationToken)
    {
        ResolvedImage image = _images.Resolve(container);
        if (ContainerUser.IsForbiddenRoot(pod.Spec, container))
        {
            throw new PodConfigException(
                PodConfigException.ConfigError,
                $"container has runAsNonRoot and image will run as root (pod: \"{pod.Metadata.Name}_{pod.Metadata.Namespace}({pod.Metadata.Uid})\", container: {container.Name})");
        }

        Dictionary<string, string> links = await ServiceVariables.ReadAsync(services.Client, pod.Metadata.Namespace, pod.Spec.EnableServiceLinks, cancellationToken);
        IReadOnlyDictionary<string, string> variables = await new ContainerVariables(pod, container, objects, _fields, links).ResolveAsync(cancellationToken);
        string uid = pod.Metadata.Uid;
        string hostname = pod.Spec.Hostname ?? pod.Metadata.Name;
        return new ContainerLaunch
        {
            Marker = services.Paths.Marker(uid, container.Name, restart),
            Hostname = hostname.Length <= MaxHostnameLength ? hostname : hostname[..MaxHostnameLength],
            Command = [.. image.Command.Select(word => Expansion.Expand(word, variables))],
            Variables = variables,
            WorkingDirectory = container.WorkingDir is { Length: > 0 } directory ? directory : "/",
            User = ContainerUser.Of(pod.Spec, container),
            Mounts = WithHosts([.. PodVolumes.Mounts(container, _volumes!, variables), new ContainerMount(services.Paths.Message(uid, container.Name, restart), container.TerminationMessagePath, ReadOnly: false)]),
            ImageDirectory = image.Directory,
            DenyEgress = services.Options.HonorEgressLabel && pod.Metadata.Labels.GetValueOrDefault(SympoziumNames.EgressLabel) == SympoziumNames.EgressDenied,
            ScratchDirectory = services.Paths.Scratch(uid, container.Name),
            OutputFile = services.Paths.Log(uid, container.Name, restart),
            RecordFile = services.Paths.Record(uid, container.Name, restart),
        };
    }

    /// <summary>The hosts file, unless the container brings its own.</summary>
    private IReadOnlyList<ContainerMount> WithHosts(IReadOnlyList<ContainerMount> mounts) =>
        mounts.Any(mount => mount.Target is "/etc" or PodNetwork.HostsMount)
            ? mounts
            : [.. mounts, new ContainerMount(services.Network.WriteHosts(pod, address), PodNetwork.HostsMount, ReadOnly: true)];
}
