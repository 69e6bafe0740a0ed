using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sympozium.Abstractions.Tracing;

/// <summary>
/// A span that an agent reports by <c>traces/spans-&lt;n&gt;.json</c>, an array of these. The trace is not in it: it is the run's.
/// </summary>
public sealed record AgentSpan
{
    /// <summary>Name, for example <c>execute_tool read_file</c>.</summary>
    public required string Name { get; init; }

    /// <summary>16 hexadecimal digits that start as those of the parent that the agent was given do.</summary>
    public required string SpanId { get; init; }

    /// <summary>Id of the parent: one of the run's own spans.</summary>
    public required string ParentSpanId { get; init; }

    /// <summary>When it began, in microseconds since 1970.</summary>
    public required long Start { get; init; }

    /// <summary>When it ended, in microseconds since 1970.</summary>
    public required long End { get; init; }

    /// <summary>Class of what went wrong; null when nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>Attributes: texts, numbers and truth values.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Attributes { get; init; }
}

/// <summary>JSON of the spans that agents report.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AgentSpan[]))]
public sealed partial class AgentSpansJson : JsonSerializerContext;
