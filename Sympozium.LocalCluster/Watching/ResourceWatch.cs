using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Watching;

/// <summary>
/// Keeps somebody up to date about one resource in all namespaces: lists, then watches from there, resumes after a break and lists
/// again when the break was too long. Ends only by cancellation.
/// </summary>
internal sealed partial class ResourceWatch(IKubernetesClient client, ResourceType type, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxRetry = TimeSpan.FromSeconds(10);

    /// <summary>Runs until cancelled.</summary>
    /// <param name="listed">All objects there are; whatever is not among them is gone.</param>
    /// <param name="changed">One object was added, modified or deleted.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async Task RunAsync(Action<IReadOnlyList<JsonObject>> listed, Action<WatchEvent> changed, CancellationToken cancellationToken)
    {
        string? version = null;
        TimeSpan retry = FirstRetry;
        while (true)
        {
            try
            {
                if (version is null)
                {
                    ResourceList list = await client.ListAsync(type, null, ListOptions.All, cancellationToken);
                    listed(list.Items);
                    version = list.ResourceVersion;
                }

                await foreach (WatchEvent change in client.WatchAsync(type, null, new WatchOptions { ResourceVersion = version }, cancellationToken))
                {
                    version = (string?)change.Resource["metadata"]?["resourceVersion"] ?? version;
                    retry = FirstRetry;
                    if (change.Type != WatchEventType.Bookmark)
                    {
                        changed(change);
                    }
                }
            }
            catch (KubernetesException expired) when (expired.IsExpired)
            {
                version = null;
            }
            catch (Exception failed) when (failed is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                LogWatchFailed(logger, type, retry, failed);
            }

            await Task.Delay(retry, time, cancellationToken);
            retry = retry * 2 < MaxRetry ? retry * 2 : MaxRetry;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The watch of {Resource} broke and is resumed in {Delay}")]
    private static partial void LogWatchFailed(ILogger logger, ResourceType resource, TimeSpan delay, Exception exception);
}
