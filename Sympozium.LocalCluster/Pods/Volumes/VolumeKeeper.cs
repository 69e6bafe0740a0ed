using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Watching;
using Sympozium.LocalCluster.Pods.Lifecycle;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Variables;

namespace Sympozium.LocalCluster.Pods.Volumes;

/// <summary>
/// Keeps the volumes of running pods right: tells workers when a ConfigMap or Secret that they have mounted changes (triggered by watches), and evicts
/// pods whose emptyDir has grown beyond its limit (triggered by time; a look walks the limited volumes only).
/// </summary>
internal sealed partial class VolumeKeeper(PodRunner runner, IKubernetesClient client, LocalPodOptions options, TimeProvider time, ILogger<VolumeKeeper> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await Task.WhenAll(WatchAsync(CoreTypes.ConfigMaps, stoppingToken), WatchAsync(CoreTypes.Secrets, stoppingToken), MeasureAsync(stoppingToken));
    }

    private Task WatchAsync(ResourceType type, CancellationToken cancellationToken) =>
        new ResourceWatch(client, type, new ResourceWatchOptions(), time, logger).RunAsync(_ => runner.RefreshAll(), change => Changed(type, change.Resource), cancellationToken);

    private void Changed(ResourceType type, JsonObject resource)
    {
        JsonNode metadata = resource["metadata"]!;
        runner.Refresh((string?)metadata["namespace"] ?? "", type == CoreTypes.Secrets, (string?)metadata["name"] ?? "");
    }

    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.VolumeCheckPeriod, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            foreach ((PodWorker worker, VolumeSpec volume) in runner.LimitedVolumes())
            {
                string limit = volume.EmptyDir!.SizeLimit!.Value.ToString();
                string directory = runner.Paths.Volume(worker.Uid, volume.Name, volume.EmptyDir.Medium == "Memory");
                if (Size(directory) > ResourceQuantity.Parse(limit))
                {
                    worker.Evict(new PodVerdict("Evicted", $"Usage of EmptyDir volume \"{volume.Name}\" exceeds the limit \"{limit}\". ", IsDisruption: true));
                }
            }
        }
    }

    private long Size(string directory)
    {
        try
        {
            var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
            return Directory.Exists(directory) ? new DirectoryInfo(directory).EnumerateFiles("*", all).Sum(f => f.Length) : 0;
        }
        catch (Exception changing) when (changing is IOException or UnauthorizedAccessException)
        {
            LogNotMeasured(directory, changing);
            return 0;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Directory} cannot be measured now")]
    private partial void LogNotMeasured(string directory, Exception exception);
}
