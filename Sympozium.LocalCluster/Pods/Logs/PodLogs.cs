using System.Globalization;
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
        if (string.IsNullOrEmpty(manifest.Spec.NodeName))
        {
            return Stream.Null;
        }

        PodContainer? running = runner.Find(manifest.Metadata.Uid)?.Containers.FirstOrDefault(c => c.Name == container);
        string path = Find(manifest, container, wanted.Previous)
            ?? throw Bad(wanted.Previous
                ? $"previous terminated container \"{container}\" in pod \"{pod}\" not found"
                : $"container \"{container}\" in pod \"{pod}\" is waiting to start: {Waiting(running)}");
        Task ended = !wanted.Previous && running is { Phase: ContainerPhase.Running, Process: { } process } ? process.Ended : Task.CompletedTask;
        runner.Logs.Look(path);
        return Open(path, wanted, ended);
    }

    private Stream Open(string path, LogOptions wanted, Task ended)
    {
        FileStream file = LogFile.Open(path, wanted.TailLines, wanted.SinceTime);
        long start = file.Position;
        Stream log = wanted.Follow ? new FollowStream(file, ended, options.LogFollowPeriod, time) : file;
        if (wanted.Timestamps)
        {
            log = new TimedLines(log, start, () => Times(path), wanted.Follow);
        }

        return wanted.LimitBytes is { } limit ? new LimitedStream(log, limit) : log;
    }

    private LogTimes Times(string path)
    {
        runner.Logs.Look(path);
        return LogTimes.Read(path);
    }

    private string? Find(PodManifest pod, string container, bool previous)
    {
        string? newest = LogFile.Newest(runner.Paths.Logs(pod.Metadata.Uid, container));
        if (!previous || newest is null)
        {
            return newest;
        }

        int life = int.Parse(Path.GetFileNameWithoutExtension(newest), CultureInfo.InvariantCulture);
        string before = runner.Paths.Log(pod.Metadata.Uid, container, life - 1);
        return life > 0 && File.Exists(before) ? before : null;
    }

    private static string Waiting(PodContainer? container) => container?.WaitingReason switch
    {
        null => PodConfigException.Creating,
        PodConfigException.ImagePull => "image can't be pulled",
        PodConfigException.ImagePullBackOff => "trying and failing to pull image",
        string reason => reason,
    };

    /// <summary>The container that is meant. Throws 400 when that is not clear.</summary>
    internal static string Choose(PodManifest pod, string? asked)
    {
        List<string> main = [.. pod.Spec.Containers.Select(c => c.Name)];
        List<string> init = [.. pod.Spec.InitContainers.Select(c => c.Name)];
        if (asked is { Length: > 0 })
        {
            return main.Contains(asked) || init.Contains(asked) || pod.Spec.EphemeralContainers.Exists(c => c.Name == asked) ? asked : throw Bad($"container {asked} is not valid for pod {pod.Metadata.Name}");
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
