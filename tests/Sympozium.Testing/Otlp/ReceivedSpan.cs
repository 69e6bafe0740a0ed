namespace Sympozium.Testing.Otlp;

/// <summary>A span as a collector sees it.</summary>
public sealed record ReceivedSpan
{
    public string TraceId { get; init; } = "";

    public string SpanId { get; init; } = "";

    /// <summary>Empty when it has no parent.</summary>
    public string ParentSpanId { get; init; } = "";

    public string Name { get; init; } = "";

    public ulong Start { get; init; }

    public ulong End { get; init; }

    /// <summary>2 is an error.</summary>
    public int Status { get; init; }

    /// <summary>Name of the activity source.</summary>
    public string Scope { get; init; } = "";

    public IReadOnlyDictionary<string, object> Attributes { get; init; } = new Dictionary<string, object>();

    public IReadOnlyDictionary<string, object> Resource { get; init; } = new Dictionary<string, object>();

    public override string ToString() =>
        $"{TraceId} {ParentSpanId.PadLeft(16, '-')} > {SpanId} {Resource.GetValueOrDefault("service.name")} {Scope} '{Name}' [{string.Join(", ", Attributes.Select(pair => $"{pair.Key}={pair.Value}"))}]";
}
