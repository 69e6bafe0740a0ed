using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Watching;

/// <summary>
/// One list-and-watch for one kind in all namespaces. Lists, hands over every object, watches on from the list's version, and resumes from the last
/// seen version when the stream ends. Lists again when that version is gone, and at each resync. An API that does not answer is
/// logged once until it answers again.
/// </summary>
public sealed partial class ResourceWatch(IKubernetesClient kubernetes, ResourceType type, ResourceWatchOptions options, TimeProvider time, ILogger logger)
{
    private int _failures;

    /// <summary>Whether the last list or watch worked.</summary>
    public bool IsHealthy => _failures == 0 && LastList is not null;

    /// <summary>When objects were last listed.</summary>
    public DateTimeOffset? LastList { get; private set; }

    /// <summary>Runs until cancelled.</summary>
    /// <param name="listed">All objects there are; whatever is not among them is gone.</param>
    /// <param name="changed">One object was added, modified or deleted.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async Task RunAsync(Action<IReadOnlyList<JsonObject>> listed, Action<WatchEvent> changed, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ListAndWatchAsync(listed, changed, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (KubernetesException e) when (e.IsExpired)
            {
                LogExpired(type);
            }
            catch (Exception e)
            {
                if (_failures++ == 0)
                {
                    LogBroken(e, type);
                }

                TimeSpan pause = TimeSpan.FromTicks((long)Math.Min(options.FirstPause.Ticks * Math.Pow(2, Math.Min(_failures - 1, 20)), options.LongestPause.Ticks));
                await Task.Delay(pause, time, cancellationToken);
            }
        }
    }

    private async Task ListAndWatchAsync(Action<IReadOnlyList<JsonObject>> listed, Action<WatchEvent> changed, CancellationToken cancellationToken)
    {
        ResourceList list = await kubernetes.ListAsync(type, null, new ListOptions { LabelSelector = options.LabelSelector }, cancellationToken);
        LastList = time.GetUtcNow();
        Recover();
        listed(list.Items);
        string version = list.ResourceVersion;
        using var resync = new CancellationTokenSource(options.ResyncPeriod, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(resync.Token, cancellationToken);
        try
        {
            while (true)
            {
                var from = new WatchOptions { ResourceVersion = version, LabelSelector = options.LabelSelector };
                await foreach (WatchEvent change in kubernetes.WatchAsync(type, null, from, stop.Token))
                {
                    Recover();
                    version = (string?)change.Resource["metadata"]?["resourceVersion"] ?? version;
                    if (change.Type != WatchEventType.Bookmark)
                    {
                        changed(change);
                    }
                }

                // An API that ends each stream at once must not be asked without a pause.
                await Task.Delay(options.FirstPause, time, stop.Token);
            }
        }
        catch (OperationCanceledException) when (resync.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Time to list again: whatever an event should have told, the list tells.
        }
    }

    private void Recover()
    {
        if (_failures > 0)
        {
            LogRecovered(type, _failures);
            _failures = 0;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The watch on {Type} fell behind; listing again")]
    private partial void LogExpired(ResourceType type);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The watch on {Type} broke; it is tried again with growing pauses")]
    private partial void LogBroken(Exception exception, ResourceType type);

    [LoggerMessage(Level = LogLevel.Information, Message = "The watch on {Type} works again after {Failures} failures")]
    private partial void LogRecovered(ResourceType type, int failures);
}
