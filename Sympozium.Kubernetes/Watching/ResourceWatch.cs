using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Kubernetes.Watching;

/// <summary>
/// One list-and-watch for one kind in one or all namespaces. Lists (or has the present objects sent over the watch, where the server does that), hands over every object, watches on from the list's version, and resumes from the last
/// seen version when the stream ends. Lists again when that version is gone, and at each resync. An API that does not answer is
/// logged once until it answers again.
/// </summary>
public sealed partial class ResourceWatch(IKubernetesClient kubernetes, ResourceType type, ResourceWatchOptions options, TimeProvider time, ILogger logger)
{
    private int _failures;

    /// <summary>Whether the server sends the present objects over the watch, as far as is known.</summary>
    private bool _streams = kubernetes.StreamsInitialObjects;

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
                    // A client that tells of an outage itself does so once for all watches.
                    bool told = e is KubernetesException { IsUnreachable: true } && kubernetes is IReportsApiHealth;
                    LogBroken(told ? LogLevel.Debug : LogLevel.Warning, e, type);
                }

                TimeSpan pause = TimeSpan.FromTicks((long)Math.Min(options.FirstPause.Ticks * Math.Pow(2, Math.Min(_failures - 1, 20)), options.LongestPause.Ticks));
                await Task.Delay(pause, time, cancellationToken);
            }
        }
    }

    private async Task ListAndWatchAsync(Action<IReadOnlyList<JsonObject>> listed, Action<WatchEvent> changed, CancellationToken cancellationToken)
    {
        string? version = _streams ? null : await ListAsync(listed, cancellationToken);
        using var resync = new CancellationTokenSource(options.ResyncPeriod, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(resync.Token, cancellationToken);
        try
        {
            if (version is null)
            {
                version = await StreamAsync(listed, changed, stop.Token);
            }

            while (version is not null)
            {
                var from = new WatchOptions { ResourceVersion = version, LabelSelector = options.LabelSelector, MetadataOnly = options.MetadataOnly };
                await foreach (WatchEvent change in kubernetes.WatchAsync(type, options.Namespace, from, stop.Token))
                {
                    version = Take(change, version, changed);
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

    private async Task<string> ListAsync(Action<IReadOnlyList<JsonObject>> listed, CancellationToken cancellationToken)
    {
        ResourceList list = await kubernetes.ListAsync(type, options.Namespace, new ListOptions { LabelSelector = options.LabelSelector, MetadataOnly = options.MetadataOnly }, cancellationToken);
        LastList = time.GetUtcNow();
        Recover();
        listed(list.Items);
        return list.ResourceVersion;
    }

    /// <summary>
    /// A watch that begins with the present objects: no list. Watches on until the stream ends; returns the version to resume from, null when
    /// the server does not do this and a list is needed.
    /// </summary>
    private async Task<string?> StreamAsync(Action<IReadOnlyList<JsonObject>> listed, Action<WatchEvent> changed, CancellationToken cancellationToken)
    {
        string? version = null;
        List<JsonObject>? initial = [];
        try
        {
            var present = new WatchOptions { LabelSelector = options.LabelSelector, SendInitialEvents = true, MetadataOnly = options.MetadataOnly };
            await foreach (WatchEvent change in kubernetes.WatchAsync(type, options.Namespace, present, cancellationToken))
            {
                if (initial is null)
                {
                    version = Take(change, version, changed);
                }
                else if (change.IsEndOfInitialEvents)
                {
                    LastList = time.GetUtcNow();
                    version = Take(change, version, changed);
                    listed(initial);
                    initial = null;
                }
                else if (change.Type != WatchEventType.Bookmark)
                {
                    initial.Add(change.Resource);
                }
            }
        }
        catch (KubernetesException e) when (initial is not null && e.Code is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity)
        {
            LogNoStreaming(type, e.Message);
            _streams = false;
            return null;
        }

        return initial is null
            ? version
            : throw new KubernetesException(HttpStatusCode.ServiceUnavailable, StatusReasons.Unreachable, $"the watch on {type} ended before its initial objects were complete");
    }

    private string Take(WatchEvent change, string? version, Action<WatchEvent> changed)
    {
        Recover();
        if (change.Type != WatchEventType.Bookmark)
        {
            changed(change);
        }

        return (string?)change.Resource["metadata"]?["resourceVersion"] ?? version ?? "";
    }

    private void Recover()
    {
        if (_failures > 0)
        {
            LogRecovered(kubernetes is IReportsApiHealth ? LogLevel.Debug : LogLevel.Information, type, _failures);
            _failures = 0;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The watch on {Type} fell behind; listing again")]
    private partial void LogExpired(ResourceType type);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The server does not send initial objects over the watch on {Type}; listing instead: {Problem}")]
    private partial void LogNoStreaming(ResourceType type, string problem);

    [LoggerMessage(Message = "The watch on {Type} broke; it is tried again with growing pauses")]
    private partial void LogBroken(LogLevel level, Exception exception, ResourceType type);

    [LoggerMessage(Message = "The watch on {Type} works again after {Failures} failures")]
    private partial void LogRecovered(LogLevel level, ResourceType type, int failures);
}
