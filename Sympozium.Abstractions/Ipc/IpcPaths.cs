namespace Sympozium.Abstractions.Ipc;

/// <summary>
/// Layout of the shared volume between the containers of an agent pod. Names and JSON are a public contract for
/// third-party sidecars. Every file is written under a temporary name that starts with a dot and then renamed,
/// so a reader never sees half a file; readers skip names that start with a dot.
/// </summary>
public static class IpcPaths
{
    /// <summary>Mount point in every container; tests replace it by the environment variable <c>SYMPOZIUM_IPC_ROOT</c>.</summary>
    public const string DefaultRoot = "/ipc";

    /// <summary>What reaches the agent while it runs.</summary>
    public const string Input = "input";

    /// <summary>What the agent says of itself: status, stream and result files.</summary>
    public const string Output = "output";

    /// <summary>Requests for child runs and their results.</summary>
    public const string Spawn = "spawn";

    /// <summary>Tool requests to sidecars and their results.</summary>
    public const string Tools = "tools";

    /// <summary>Messages to channels.</summary>
    public const string Messages = "messages";

    /// <summary>Schedules that the agent asks for.</summary>
    public const string Schedules = "schedules";

    /// <summary>Prompts of an orchestrator sidecar.</summary>
    public const string Prompts = "prompts";

    /// <summary>Requests to drop the agent's context.</summary>
    public const string Context = "context";

    /// <summary>Controls written by hooks, for example <c>skip</c>.</summary>
    public const string Control = "control";

    /// <summary>Spans of the agent: <c>spans-&lt;n&gt;.json</c>, each an array of <see cref="Tracing.AgentSpan"/>.</summary>
    public const string Traces = "traces";

    /// <summary>All directories; the bridge creates them with mode 0750.</summary>
    public static IReadOnlyList<string> Directories { get; } =
        [Input, Output, Spawn, Tools, Messages, Schedules, Prompts, Context, Control, Traces];

    /// <summary>Final outcome: <see cref="AgentResult"/>.</summary>
    public const string ResultFile = Output + "/result.json";

    /// <summary>Present state: <see cref="AgentStatusUpdate"/>.</summary>
    public const string StatusFile = Output + "/status.json";

    /// <summary>Prefix of stream files: <c>output/stream-00000001.json</c>, counted from 1, each an array of <see cref="StreamChunk"/>.</summary>
    public const string StreamPrefix = "stream-";

    /// <summary>Sentinel in the root: the run has ended, sidecars exit.</summary>
    public const string DoneFile = "done";

    /// <summary>Starts the result line in the agent's log.</summary>
    public const string ResultMarkerStart = "__SYMPOZIUM_RESULT__";

    /// <summary>Ends the result line in the agent's log.</summary>
    public const string ResultMarkerEnd = "__SYMPOZIUM_END__";

    /// <summary>Longest id that may become part of a file name.</summary>
    public const int MaxIdLength = 253;

    /// <summary>Whether an id that came from outside may become part of a file name: not empty, at most 253, no separator, no <c>..</c>.</summary>
    public static bool IsSafeId(string? id) =>
        !string.IsNullOrEmpty(id) && id != "." && id.Length <= MaxIdLength && !id.Contains("..", StringComparison.Ordinal)
        && !id.Any(c => c is '/' or '\\' || char.IsControl(c));
}
