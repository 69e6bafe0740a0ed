namespace Sympozium.Testing.Otlp;

/// <summary>The spans of one run of an instance: what caused it, the run, its Job, its agent, one tool call and the model calls.</summary>
public sealed record RunSpans(ReceivedSpan Cause, ReceivedSpan Run, ReceivedSpan Job, ReceivedSpan Agent, ReceivedSpan Tool, IReadOnlyList<ReceivedSpan> Chats)
{
    /// <summary>Whether a trace is there to its end; batches come in any order, and making the instance is a POST too.</summary>
    public static bool AreWhole(IReadOnlyList<ReceivedSpan> spans, string cause) =>
        Array.TrueForAll((string[])["run ", "create_job", "invoke_agent", "execute_tool"], start => spans.Any(span => span.Name.StartsWith(start, StringComparison.Ordinal)))
        && spans.Any(span => span.Name == cause) && spans.Count(span => span.Name.StartsWith("chat ", StringComparison.Ordinal)) == 2;

    /// <summary>Finds them by their names.</summary>
    /// <exception cref="InvalidOperationException">One is missing, or is there twice.</exception>
    public static RunSpans Find(IReadOnlyList<ReceivedSpan> spans, string cause, string instance, string model) => new(
        Single(spans, cause),
        Single(spans, $"run {instance}"),
        Single(spans, "create_job"),
        Single(spans, $"invoke_agent {instance}"),
        Single(spans, "execute_tool execute_command"),
        [.. spans.Where(span => span.Name == $"chat {model}")]);

    private static ReceivedSpan Single(IReadOnlyList<ReceivedSpan> spans, string name) =>
        spans.Count(span => span.Name == name) == 1
            ? spans.Single(span => span.Name == name)
            : throw new InvalidOperationException($"Not one span '{name}' in:\n{string.Join('\n', spans)}");
}
