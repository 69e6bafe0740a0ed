using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Ipc;

/// <summary>Final outcome of an agent: the content of <c>output/result.json</c> and of the marker in the log.</summary>
public sealed record AgentResult
{
    /// <summary>One of <see cref="AgentResultStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>The answer; may be partial when <see cref="Status"/> is <c>error</c>.</summary>
    public string? Response { get; init; }

    /// <summary>What went wrong, for a person.</summary>
    public string? Error { get; init; }

    /// <summary>Machine-readable class of the error, one of <c>RunFailureReasons</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>What the agent counted itself. Token usage in the run's status comes from the broker instead.</summary>
    public AgentMetrics? Metrics { get; init; }
}

/// <summary>Values of <see cref="AgentResult.Status"/>.</summary>
public static class AgentResultStatus
{
    /// <summary>The agent answered.</summary>
    public const string Success = "success";

    /// <summary>The agent failed.</summary>
    public const string Error = "error";

    /// <summary>A hook asked to skip the run.</summary>
    public const string Skipped = "skipped";
}

/// <summary>What an agent counted during its run.</summary>
public sealed record AgentMetrics
{
    /// <summary>Wall time in milliseconds.</summary>
    public long DurationMs { get; init; }

    /// <summary>Prompt tokens as reported to the agent.</summary>
    public long InputTokens { get; init; }

    /// <summary>Completion tokens as reported to the agent.</summary>
    public long OutputTokens { get; init; }

    /// <summary>Executed tool calls, refused ones included.</summary>
    public int ToolCalls { get; init; }
}

/// <summary>Present state of an agent: the content of <c>output/status.json</c>.</summary>
public sealed record AgentStatusUpdate
{
    /// <summary>What it does: <c>starting</c>, <c>thinking</c>, <c>tool</c>, <c>done</c>.</summary>
    public required string State { get; init; }

    /// <summary>Which model round it is in, from 1.</summary>
    public int Round { get; init; }

    /// <summary>The tool that runs, when <see cref="State"/> is <c>tool</c>.</summary>
    public string? Tool { get; init; }
}

/// <summary>One live piece of a run, in the order of <see cref="Index"/>.</summary>
public sealed record StreamChunk
{
    /// <summary>One of <see cref="StreamChunkType"/>.</summary>
    public required string Type { get; init; }

    /// <summary>Position in the run's stream, from 0, without gaps.</summary>
    public long Index { get; init; }

    /// <summary>Text for <c>text</c> and <c>reasoning</c>; the result, cut to 2,000 characters, for <c>tool_result</c>.</summary>
    public string? Content { get; init; }

    /// <summary>Id of the tool call for <c>tool_call</c> and <c>tool_result</c>.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>Name of the tool for <c>tool_call</c> and <c>tool_result</c>.</summary>
    public string? Tool { get; init; }

    /// <summary>Arguments of a <c>tool_call</c>, as the model gave them.</summary>
    public JsonNode? Arguments { get; init; }

    /// <summary>Whether a <c>tool_result</c> is an error.</summary>
    public bool? IsError { get; init; }
}

/// <summary>Values of <see cref="StreamChunk.Type"/>.</summary>
public static class StreamChunkType
{
    /// <summary>A piece of the answer.</summary>
    public const string Text = "text";

    /// <summary>A piece of the model's reasoning, where the provider shows it.</summary>
    public const string Reasoning = "reasoning";

    /// <summary>The model asked for a tool.</summary>
    public const string ToolCall = "tool_call";

    /// <summary>A tool ended.</summary>
    public const string ToolResult = "tool_result";

    /// <summary>The text of this round is void (the model call broke off and is repeated).</summary>
    public const string Reset = "reset";
}

/// <summary>Message to a channel: <c>messages/send-&lt;id&gt;.json</c>.</summary>
public sealed record ChannelMessage
{
    /// <summary>Channel type, for example <c>slack</c>.</summary>
    public required string Channel { get; init; }

    /// <summary>Chat to send to; the run's own when absent.</summary>
    public string? ChatId { get; init; }

    /// <summary>Thread to send to.</summary>
    public string? ThreadId { get; init; }

    /// <summary>The text.</summary>
    public required string Text { get; init; }
}

/// <summary>Wish of an agent for a schedule: <c>schedules/schedule-&lt;id&gt;.json</c>.</summary>
public sealed record ScheduleRequest
{
    /// <summary>Name of the schedule, unique for the instance.</summary>
    public required string Name { get; init; }

    /// <summary><c>create</c>, <c>update</c>, <c>suspend</c>, <c>resume</c> or <c>delete</c>.</summary>
    public required string Action { get; init; }

    /// <summary>Cron expression with five fields.</summary>
    public string? Schedule { get; init; }

    /// <summary>What the agent shall do then.</summary>
    public string? Task { get; init; }
}
