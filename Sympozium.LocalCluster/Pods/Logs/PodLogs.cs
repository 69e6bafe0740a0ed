using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods.Lifecycle;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Server;

namespace Sympozium.LocalCluster.Pods.Logs;

/// <summary>The logs of local pods.</summary>
internal sealed class PodLogs(PodRunner runner, IKubernetesClient client, LocalPodOptions options, TimeProvider time) : IPodLogs
{
    private const string DefaultContainerAnnotation = "kubectl.kubernetes.io/default-container";

    public async Task<Stream> OpenAsync(string ns, string pod, LogOptions wanted, CancellationToken cancellationToken)
    {
        JsonObject found = await client.GetAsync(CoreTypes.Pods, ns, pod, cancellationToken)
            ?? throw new KubernetesException(HttpStatusCode.NotFound, StatusReasons.NotFound, $"pods \"{pod}\" not found");
        PodManifest manifest = PodManifest.Parse(found);
        string container = Choose(manifest, wanted.Container);
        PodContainer? running = runner.Find(manifest.Metadata.Uid)?.Containers.FirstOrDefault(c => c.Name == container);
        Task ended = running is { Phase: ContainerPhase.Running, Process: { } process } ? process.Ended : Task.CompletedTask;
        string path = LogFile.Newest(runner.Paths.Logs(manifest.Metadata.Uid, container))
            ?? throw Bad($"container \"{container}\" in pod \"{pod}\" is waiting to start: {running?.WaitingReason ?? PodConfigException.Creating}");
        FileStream file = LogFile.Open(path, wanted.TailLines);
        return wanted.Follow ? new FollowStream(file, ended, options.LogFollowPeriod, time) : file;
    }

    private static string Choose(PodManifest pod, string? asked)
    {
        List<string> main = [.. pod.Spec.Containers.Select(c => c.Name)];
        List<string> init = [.. pod.Spec.InitContainers.Select(c => c.Name)];
        if (asked is { Length: > 0 })
        {
            return main.Contains(asked) || init.Contains(asked) ? asked : throw Bad($"container {asked} is not valid for pod {pod.Metadata.Name}");
        }

        if (pod.Metadata.Annotations.TryGetValue(DefaultContainerAnnotation, out string? named) && main.Contains(named))
        {
            return named;
        }

        string others = init.Count > 0 ? $" or one of the init containers: [{string.Join(' ', init)}]" : "";
        return main.Count == 1
            ? main[0]
            : throw Bad($"a container name must be specified for pod {pod.Metadata.Name}, choose one of: [{string.Join(' ', main)}]{others}");
    }

    private static KubernetesException Bad(string message) => new(HttpStatusCode.BadRequest, StatusReasons.BadRequest, message);
}
