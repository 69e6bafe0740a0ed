using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Resources;
using Sympozium.Abstractions.Runs;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Events;

namespace Sympozium.Grains.Runs;

/// <summary>Writes a run's status, once per phase and in both spellings that readers use, and tells the bus.</summary>
internal sealed class RunStatusWriter(IKubernetesClient kubernetes, IEventBus bus, EventRecorder events, TimeProvider time)
{
    /// <summary>Writes a phase that is not the end. <paramref name="message"/> says what the run waits for, if anything.</summary>
    public async Task WriteProgressAsync(JsonObject run, string phase, string? reason, string? message, string? pod, CancellationToken cancellationToken)
    {
        JsonObject status = Status(run, phase, reason, message);
        if (pod is not null)
        {
            status["jobName"] = RunObjectNames.Job((string)run["metadata"]!["name"]!);
            status["podName"] = pod;
        }

        await PatchAsync(run, status, null, cancellationToken);
        await PublishAsync(run, new RunPhaseChange { Phase = phase, Reason = reason, Message = message }, cancellationToken);
    }

    /// <summary>
    /// Writes the end and returns the run with it; it is not announced yet. A run that has already ended must not come here: the write is refused as a
    /// conflict when the run has changed since it was read, so of two writers one ends it.
    /// </summary>
    public Task<JsonObject> WriteOutcomeAsync(JsonObject run, RunOutcome outcome, RunState state, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        TokenUsage total = state.Usage with { DurationMs = (long)(now - (state.StartedAt ?? Started(run))).TotalMilliseconds };
        JsonObject status = Status(run, outcome.Phase, outcome.Reason, outcome.Error);
        status["result"] = outcome.Result;
        status["output"] = outcome.Result;
        status["exitCode"] = outcome.ExitCode;
        status["completedAt"] = Timestamp(now);
        status["completionTime"] = Timestamp(now);
        status["tokenUsage"] = Usage(total);
        return PatchAsync(run, status, (string?)run["metadata"]!["resourceVersion"], cancellationToken);
    }

    /// <summary>Tells the bus and the run's Events how it ended. Repeating it is harmless: the bus knows the end by its id.</summary>
    public async Task AnnounceEndAsync(JsonObject run, CancellationToken cancellationToken)
    {
        RunPhaseChange end = RunPhaseReader.Read(run);
        await PublishAsync(run, end, cancellationToken);
        await events.RecordAsync(
            run,
            end.Phase is RunPhase.Failed ? EventType.Warning : EventType.Normal,
            end.Reason ?? end.Phase,
            end.Message ?? $"The run ended as {end.Phase} after {end.Usage?.ModelCalls} model calls and {end.Usage?.TotalTokens} tokens.",
            cancellationToken);
    }

    /// <summary>Records what the run's owner should know though it does not stop the run: all of it in one Event.</summary>
    public Task WarnAsync(JsonObject run, IReadOnlyList<string> warnings, CancellationToken cancellationToken) => warnings.Count == 0
        ? Task.CompletedTask
        : events.RecordAsync(run, EventType.Warning, "NotSupported", string.Join("; ", warnings), cancellationToken);

    /// <summary>When a run was taken up, as its status says; null when it was not.</summary>
    public static DateTimeOffset? StartOf(JsonObject run) => ReadTime((string?)run["status"]?["startedAt"]);

    /// <summary>Corrects the usage of an ended run, for a model call that was reported late.</summary>
    public Task WriteUsageAsync(JsonObject run, TokenUsage usage, CancellationToken cancellationToken)
    {
        long duration = (long?)run["status"]?["tokenUsage"]?["durationMs"] ?? 0;
        return PatchAsync(run, new JsonObject { ["tokenUsage"] = Usage(usage with { DurationMs = duration }) }, null, cancellationToken);
    }

    private JsonObject Status(JsonObject run, string phase, string? reason, string? error)
    {
        string started = (string?)run["status"]?["startedAt"] ?? Timestamp(time.GetUtcNow());
        var status = new JsonObject
        {
            ["phase"] = phase,
            ["reason"] = reason,
            ["error"] = error,
            ["startedAt"] = started,
            ["startTime"] = started,
            ["observedGeneration"] = (long?)run["metadata"]!["generation"] ?? 1,
        };
        if (RunTelemetry.TraceId(run) is { } trace)
        {
            status["traceID"] = trace;
        }

        return status;
    }

    private Task<JsonObject> PatchAsync(JsonObject run, JsonObject status, string? version, CancellationToken cancellationToken)
    {
        JsonNode metadata = run["metadata"]!;

        // A run made anew under this name must not get the status of the old one.
        var guard = new JsonObject { ["uid"] = metadata["uid"]?.DeepClone() };
        if (version is not null)
        {
            guard["resourceVersion"] = version;
        }

        return kubernetes.PatchAsync(
            SympoziumTypes.AgentRuns,
            (string)metadata["namespace"]!,
            (string)metadata["name"]!,
            new Patch(PatchType.Merge, new JsonObject
            {
                ["metadata"] = guard,
                ["status"] = status,
            }),
            "status",
            cancellationToken);
    }

    private async Task PublishAsync(JsonObject run, RunPhaseChange change, CancellationToken cancellationToken)
    {
        JsonNode metadata = run["metadata"]!;
        using Activity? span = RunTelemetry.StartPublish(run, Topics.RunPhase);
        await bus.PublishAsync(
            new BusEvent
            {
                Topic = Topics.RunPhase,
                Timestamp = time.GetUtcNow(),
                Id = $"{(string?)metadata["uid"]}-phase-{change.Phase}-{change.Reason}",
                Metadata = new BusEventMetadata
                {
                    AgentRunId = (string)metadata["name"]!,
                    AgentRunUid = (string?)metadata["uid"],
                    Namespace = (string)metadata["namespace"]!,
                    InstanceName = (string?)metadata["labels"]?[SympoziumNames.InstanceLabel],
                },
                Data = System.Text.Json.JsonSerializer.SerializeToNode(change, EventsJson.Default.RunPhaseChange),
            },
            cancellationToken);
    }

    private DateTimeOffset Started(JsonObject run) => StartOf(run) ?? ReadTime((string?)run["metadata"]!["creationTimestamp"]) ?? time.GetUtcNow();

    private static DateTimeOffset? ReadTime(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset read) ? read : null;

    private static JsonNode? Usage(TokenUsage usage) => JsonSerializer.SerializeToNode(usage, ResourcesJson.Default.TokenUsage);

    /// <summary>Times in resources have whole seconds (meta/v1 Time).</summary>
    private static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
