using Sympozium.Abstractions;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Processes;
using Sympozium.LocalCluster.Pods.Sandbox;
using Sympozium.LocalCluster.Pods.Variables;
using Sympozium.LocalCluster.Pods.Volumes;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>Turns a container's description into a running process.</summary>
internal sealed class ContainerStarter(PodServices services, PodManifest pod)
{
    /// <summary>What <c>sethostname</c> takes at most.</summary>
    private const int MaxHostnameLength = 63;

    private readonly PodFields _fields = new(pod, services.Options.NodeName);
    private readonly ImageResolver _images = new(services.Options);
    private IReadOnlyDictionary<string, PreparedVolume>? _volumes;

    /// <summary>Starts the container's next life; throws <see cref="PodConfigException"/> when it is not possible now.</summary>
    public async Task<ContainerProcess> StartAsync(PodContainer container, int restart, CancellationToken cancellationToken)
    {
        try
        {
            var objects = new PodObjects(services.Client, pod.Metadata.Namespace);
            _volumes ??= await new PodVolumes(services.Paths, services.Client, services.Tokens).PrepareAsync(pod, objects, _fields, cancellationToken);
            ContainerLaunch launch = await DescribeAsync(container.Spec, restart, objects, cancellationToken);
            PodPaths.CreatePrivate(Path.GetDirectoryName(launch.OutputFile)!);
            PodPaths.CreatePrivate(Path.GetDirectoryName(launch.RecordFile)!);
            int pid = ProcessSpawner.Spawn(services.Sandbox.Describe(launch));
            return new ContainerProcess(pid, ProcFiles.StartTicks(pid) ?? 0, launch.RecordFile, launch.Marker, services.Processes.WaitAsync(pid));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            throw new PodConfigException(
                PodConfigException.CreateError,
                $"Container '{container.Name}' cannot be started: {failed.Message} Check space and rights of '{services.Paths.Pods}'.");
        }
    }

    private async Task<ContainerLaunch> DescribeAsync(ContainerSpec container, int restart, PodObjects objects, CancellationToken cancellationToken)
    {
        ResolvedImage image = _images.Resolve(container);
        IReadOnlyDictionary<string, string> variables = await new ContainerVariables(pod, container, objects, _fields).ResolveAsync(cancellationToken);
        string uid = pod.Metadata.Uid;
        string hostname = pod.Spec.Hostname ?? pod.Metadata.Name;
        return new ContainerLaunch
        {
            Marker = services.Paths.Marker(uid, container.Name, restart),
            Hostname = hostname.Length <= MaxHostnameLength ? hostname : hostname[..MaxHostnameLength],
            Command = [.. image.Command.Select(word => Expansion.Expand(word, variables))],
            Variables = variables,
            WorkingDirectory = container.WorkingDir is { Length: > 0 } directory ? directory : "/",
            Mounts = PodVolumes.Mounts(container, _volumes!, variables),
            ImageDirectory = image.Directory,
            DenyEgress = pod.Metadata.Labels.GetValueOrDefault(SympoziumNames.EgressLabel) == SympoziumNames.EgressDenied,
            ScratchDirectory = services.Paths.Scratch(uid, container.Name),
            OutputFile = services.Paths.Log(uid, container.Name, restart),
            RecordFile = services.Paths.Record(uid, container.Name, restart),
        };
    }
}
