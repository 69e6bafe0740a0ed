using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Ipc;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Runs;

/// <summary>How a run ends: with the result of its bridge, or as its Job did, once, and announced however often it is cut short.</summary>
internal sealed partial class RunGrain
{
    /// <summary>
    /// Ends a run whose Job is over. Its bridge delivers a result before the pod ends; what comes here left none, or it is still under way, or the
    /// process died in between.
    /// </summary>
    private async Task EndByJobAsync(JsonObject run, JsonObject job, JsonObject? pod, (string, string)? waited, CancellationToken cancellationToken)
    {
        string? log = (string?)pod?["metadata"]!["name"] is string podName
            ? await AgentLog.ReadTailAsync(_kubernetes, _key.Namespace, podName, _options.LogTailBytes, IsLongOver(job), cancellationToken)
            : null;
        RunOutcome outcome = RunOutcomes.FromJob(job, pod, log, waited)!;
        AgentResult? published = RunOutcomes.ReadMarker(log) is null ? await ReadPublishedResultAsync(run, cancellationToken) : null;
        await EndAsync(run, published is null ? outcome : RunOutcomes.FromResult(published) with { ExitCode = outcome.ExitCode }, cancellationToken);
    }

    private bool IsLongOver(JsonObject job) => RunOutcomes.EndOf(job) is DateTimeOffset end && _time.GetUtcNow() - end > _options.LogPatience;

    /// <summary>What the bridge published is on the bus before the Job ends, however long its delivery takes.</summary>
    private async Task<AgentResult?> ReadPublishedResultAsync(JsonObject run, CancellationToken cancellationToken)
    {
        BusEvent? found = await _podBus.FindResultAsync(_key, Uid(run), cancellationToken);
        try
        {
            return found is null ? null : ReadResult(found);
        }
        catch (SympoziumInvalidException e)
        {
            LogUnreadableResult(e, _key);
            return null;
        }
    }

    private async Task EndAsync(JsonObject run, RunOutcome outcome, CancellationToken cancellationToken)
    {
        if (await WriteEndAsync(run, outcome, cancellationToken) is not JsonObject ended)
        {
            return;
        }

        _retry?.Dispose();
        RunTelemetry.RecordEnd(run, outcome, _state.State, _time.GetUtcNow());
        _isEndAnnounced = false;
        await _status.AnnounceEndAsync(ended, cancellationToken);
        _isEndAnnounced = true;
        await _objects.DeleteTokenAsync(_key, Uid(run), cancellationToken);
        LogEnded(_key, outcome.Phase, outcome.Reason ?? "");
    }

    /// <summary>The run with its end; null when it has ended meanwhile, or is gone: for moments after a silo was cut off a run may have two grains.</summary>
    private async Task<JsonObject?> WriteEndAsync(JsonObject run, RunOutcome outcome, CancellationToken cancellationToken)
    {
        const int Attempts = 5;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await _status.WriteOutcomeAsync(run, outcome, _state.State, cancellationToken);
            }
            catch (KubernetesException e) when (e.IsConflict && attempt < Attempts)
            {
                JsonObject? present = await ReadRunAsync(cancellationToken);
                if (present is null || Uid(present) != Uid(run) || HasEnded(present))
                {
                    return null;
                }

                run = present;
            }
        }
    }

    /// <summary>An end may have been cut short after the status was written. The token is withdrawn last, so while it is there the end was not announced for certain.</summary>
    private async Task FinishEndAsync(JsonObject run, CancellationToken cancellationToken)
    {
        bool hasToken = await _objects.HasTokenAsync(_key, Uid(run), cancellationToken);
        if (hasToken || !_isEndAnnounced)
        {
            await _status.AnnounceEndAsync(run, cancellationToken);
            _isEndAnnounced = true;
        }

        if (hasToken)
        {
            await _objects.DeleteTokenAsync(_key, Uid(run), cancellationToken);
        }
    }

    private AgentResult ReadResult(BusEvent result)
    {
        try
        {
            return result.Data?.Deserialize(IpcJson.Default.AgentResult)
                ?? throw new SympoziumInvalidException($"The result of run '{_key}' has no content.");
        }
        catch (JsonException e)
        {
            throw new SympoziumInvalidException($"The result of run '{_key}' cannot be read: {e.Message}", e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The result that the pod of run {RunId} published cannot be read; the run ends as its Job did")]
    private partial void LogUnreadableResult(Exception exception, ResourceKey runId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} ended: {Phase} {Reason}")]
    private partial void LogEnded(ResourceKey runId, string phase, string reason);
}
