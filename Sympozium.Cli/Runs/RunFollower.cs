using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Runs;
using Sympozium.Cli.Clusters;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Cli.Runs;

/// <summary>
/// Follows a run to its end: live through the gateway where there is one, else (or when its stream keeps breaking) by watching the
/// resource. The resource alone decides that a run has ended, so a lost event costs a line on the screen and nothing else.
/// </summary>
internal sealed class RunFollower(ClusterSession cluster, IRunView view, TimeProvider time)
{
    private const int MaxStreamAttempts = 5;
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(300);

    /// <summary>How long a control plane may be away (restarting) before following gives up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private string? _lastEventId;

    /// <summary>The finished AgentRun. Following a run again goes on where the first time ended.</summary>
    /// <exception cref="CliException">The run was deleted.</exception>
    /// <exception cref="KubernetesException">The API does not answer any more.</exception>
    public async Task<JsonObject> FollowAsync(string name, CancellationToken cancellationToken)
    {
        if (cluster.Local is { } local && File.Exists(local.TokenFile))
        {
            string token = (await File.ReadAllTextAsync(local.TokenFile, cancellationToken)).Trim();
            using RunEvents events = new(local.Gateway, token) { LastId = _lastEventId };
            try
            {
                if (await FollowEventsAsync(events, name, cancellationToken) is { } finished)
                {
                    return finished;
                }
            }
            finally
            {
                _lastEventId = events.LastId;
            }
        }
        return await WatchAsync(name, cancellationToken);
    }

    /// <summary>The finished run; null when the gateway's stream is of no use.</summary>
    private async Task<JsonObject?> FollowEventsAsync(RunEvents events, string name, CancellationToken cancellationToken)
    {
        for (int attempt = 1; attempt <= MaxStreamAttempts; attempt++)
        {
            try
            {
                await foreach (RunEvent runEvent in events.ReadAsync(new ResourceKey(cluster.Namespace, name), cancellationToken))
                {
                    view.Show(runEvent);
                    attempt = 1;
                    if (RunPhase.IsTerminal(runEvent.Phase?.Phase))
                    {
                        break;
                    }
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                view.StreamBroke(e.Message, isLast: attempt == MaxStreamAttempts);
            }
            if (await FinishedAsync(name, cancellationToken) is { } finished)
            {
                return finished;
            }
            await Task.Delay(RetryPeriod, time, cancellationToken);
        }
        return null;
    }

    private async Task<JsonObject> WatchAsync(string name, CancellationToken cancellationToken)
    {
        long lastAnswer = time.GetTimestamp();
        while (true)
        {
            try
            {
                JsonObject? finished = await WatchOnceAsync(name, cancellationToken);
                if (finished is not null)
                {
                    return finished;
                }
                lastAnswer = time.GetTimestamp();
            }
            catch (KubernetesException e) when ((e.IsTransient || e.IsExpired) && time.GetElapsedTime(lastAnswer) < Patience)
            {
                await Task.Delay(RetryPeriod, time, cancellationToken);
            }
        }
    }

    private async Task<JsonObject?> WatchOnceAsync(string name, CancellationToken cancellationToken)
    {
        WatchOptions options = new() { FieldSelector = $"metadata.name={name}" };
        if (await FinishedAsync(name, cancellationToken) is { } already)
        {
            return already;
        }
        await foreach (WatchEvent change in cluster.Client.WatchAsync(AgentRuns.Type, cluster.Namespace, options, cancellationToken))
        {
            if (change.Type == WatchEventType.Deleted)
            {
                throw Deleted(name);
            }
            if (change.Type == WatchEventType.Bookmark)
            {
                continue;
            }
            string phase = AgentRuns.PhaseOf(change.Resource);
            view.Show(new RunEvent(new RunPhaseChange { Phase = phase, Reason = AgentRuns.ReasonOf(change.Resource) }, null, null));
            if (RunPhase.IsTerminal(phase))
            {
                return change.Resource;
            }
        }
        return null;
    }

    private async Task<JsonObject?> FinishedAsync(string name, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            try
            {
                JsonObject run = await AgentRuns.GetAsync(cluster, name, cancellationToken) ?? throw Deleted(name);
                return RunPhase.IsTerminal(AgentRuns.PhaseOf(run)) ? run : null;
            }
            catch (KubernetesException e) when (e.IsTransient && time.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(RetryPeriod, time, cancellationToken);
            }
        }
    }

    private static CliException Deleted(string name) => new(ExitCodes.NotFound, $"run '{name}' was deleted while it was followed");
}
