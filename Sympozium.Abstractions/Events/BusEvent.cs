using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orleans;

namespace Sympozium.Abstractions.Events;

/// <summary>One message on the event bus; this record is the JSON envelope on the wire.</summary>
[Alias("sympozium.bus-event")]
public sealed record BusEvent
{
    /// <summary>One of <see cref="Topics"/>.</summary>
    public required string Topic { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>Makes a repeated publish harmless: subscribers see one id once. Null means no deduplication.</summary>
    public string? Id { get; init; }

    /// <summary>Whom it concerns.</summary>
    public required BusEventMetadata Metadata { get; init; }

    /// <summary>Content, by topic.</summary>
    public JsonNode? Data { get; init; }
}

/// <summary>Whom a <see cref="BusEvent"/> concerns.</summary>
public sealed record BusEventMetadata
{
    /// <summary>Name of the run.</summary>
    [JsonPropertyName("agentRunID")]
    public required string AgentRunId { get; init; }

    /// <summary><c>metadata.uid</c> of the run, set by the control plane; null when the publisher does not know it.</summary>
    [JsonPropertyName("agentRunUID")]
    public string? AgentRunUid { get; init; }

    /// <summary>Name of the instance.</summary>
    public string? InstanceName { get; init; }

    /// <summary>Namespace of both.</summary>
    public required string Namespace { get; init; }

    /// <summary>Key of the run's grain.</summary>
    [JsonIgnore]
    public ResourceKey RunKey => new(Namespace, AgentRunId);
}

/// <summary>Topics of the event bus.</summary>
public static class Topics
{
    /// <summary>The agent answered; data is <c>AgentResult</c>.</summary>
    public const string RunCompleted = "agent.run.completed";

    /// <summary>The agent failed; data is <c>AgentResult</c>.</summary>
    public const string RunFailed = "agent.run.failed";

    /// <summary>Live pieces; data is an array of <c>StreamChunk</c>.</summary>
    public const string StreamChunk = "agent.stream.chunk";

    /// <summary>State of the agent; data is <c>AgentStatusUpdate</c>.</summary>
    public const string StatusUpdate = "agent.status.update";

    /// <summary>The control plane wrote a phase; data is <c>RunPhaseChange</c>.</summary>
    public const string RunPhase = "agent.run.phase";

    /// <summary>The broker finished a model call; data is <c>ModelCallCompleted</c>.</summary>
    public const string ModelCall = "agent.model.call";

    /// <summary>The agent sends a message to a channel; data is <c>ChannelMessage</c>.</summary>
    public const string ChannelSend = "channel.message.send";

    /// <summary>The agent asks for a schedule; data is <c>ScheduleRequest</c>.</summary>
    public const string ScheduleUpsert = "schedule.upsert";

    /// <summary>The agent asks for a child run.</summary>
    public const string SpawnRequest = "agent.spawn.request";

    /// <summary>The agent reports spans; data is an array of <c>AgentSpan</c>. Ends at the gateway.</summary>
    public const string TraceSpans = "agent.trace.spans";

    /// <summary>To the pod: result of a child run; data has <c>requestId</c>; the bridge writes <c>spawn/result-&lt;id&gt;.json</c>.</summary>
    public const string DelegateResult = "agent.delegate.result";

    /// <summary>To the pod: a further message of the user; the bridge writes <c>input/followup-&lt;id&gt;.json</c>.</summary>
    public const string FollowUp = "agent.followup";

    /// <summary>What a pod may publish about its own run; everything else is refused at the gateway.</summary>
    public static IReadOnlySet<string> FromPods { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        RunCompleted, RunFailed, StreamChunk, StatusUpdate, ChannelSend, ScheduleUpsert, SpawnRequest, TraceSpans,
    };

    /// <summary>What the bridge of a run receives.</summary>
    public static IReadOnlySet<string> ToPods { get; } = new HashSet<string>(StringComparer.Ordinal) { DelegateResult, FollowUp };
}
