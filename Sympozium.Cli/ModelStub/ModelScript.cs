using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sympozium.Cli.ModelStub;

/// <summary>What a scripted model answers; see <c>docs/model-stub.md</c> for the YAML.</summary>
public sealed record ModelScript
{
    /// <summary>Ids that <c>GET /v1/models</c> lists.</summary>
    public IReadOnlyList<string> Models { get; init; } = ["scripted"];

    /// <summary>Key that requests must carry; null takes any.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Tried in order; the first that matches answers.</summary>
    public required IReadOnlyList<Scenario> Scenarios { get; init; }
}

/// <summary>One conversation that the scripted model knows.</summary>
public sealed record Scenario(string Name, ScenarioMatch Match, IReadOnlyList<Turn> Turns);

/// <summary>Which requests a scenario answers; every given condition must hold.</summary>
public sealed record ScenarioMatch
{
    /// <summary>Model of the request; null matches any.</summary>
    public string? Model { get; init; }

    /// <summary>Text that the last user message contains, case-insensitive.</summary>
    public string? Contains { get; init; }

    /// <summary>Pattern that the last user message matches.</summary>
    public Regex? Pattern { get; init; }
}

/// <summary>One answer of the model.</summary>
public sealed record Turn
{
    /// <summary>Reasoning before the answer.</summary>
    public IReadOnlyList<string> Think { get; init; } = [];

    /// <summary>Pieces of the answer.</summary>
    public IReadOnlyList<string> Say { get; init; } = [];

    /// <summary>Whether <see cref="Say"/> and <see cref="Think"/> are cut into words after their placeholders are filled.</summary>
    public bool SplitWords { get; init; }

    /// <summary>Tools that it asks for, all in one message.</summary>
    public IReadOnlyList<ScriptedToolCall> ToolCalls { get; init; } = [];

    /// <summary>Wait before each piece but the first.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Wait before anything is sent.</summary>
    public TimeSpan FirstDelay { get; init; }

    /// <summary>Reported usage; null estimates it from the texts.</summary>
    public ScriptedUsage? Usage { get; init; }

    /// <summary>Whether usage is reported at all.</summary>
    public bool ReportsUsage { get; init; } = true;

    /// <summary>Why the answer ends, in OpenAI's words; null is <c>stop</c> or <c>tool_calls</c>.</summary>
    public string? Finish { get; init; }

    /// <summary>Answer with an error instead.</summary>
    public ScriptedError? Error { get; init; }

    /// <summary>Cut the connection after so many pieces.</summary>
    public int? BreakAfter { get; init; }

    /// <summary>Text sent as it is after the pieces, in place of a proper end.</summary>
    public string? Rubbish { get; init; }

    /// <summary>Never end: after the pieces nothing more comes; without pieces not even headers.</summary>
    public bool Hang { get; init; }
}

/// <summary>One tool call; <paramref name="Raw"/> wins over <paramref name="Arguments"/> and need not be JSON.</summary>
public sealed record ScriptedToolCall(string Name, JsonObject? Arguments, string? Raw);

/// <summary>Token counts of an answer.</summary>
public sealed record ScriptedUsage(long Input, long Output, long Cached = 0, long Reasoning = 0);

/// <summary>An error answer. <paramref name="Times"/> is how often it is given before the turn plays; null is always.</summary>
public sealed record ScriptedError(int Status, string? Code, string Message, string? RetryAfter, int? Times);
