namespace Sympozium.Runner.Agent;

/// <summary>A tool call that the model asked for.</summary>
/// <param name="Id">Its id; made up when the model gave none.</param>
/// <param name="Name">Name of the tool.</param>
/// <param name="Arguments">Its arguments as the model wrote them.</param>
internal sealed record ToolCall(string Id, string Name, string Arguments);

/// <summary>One complete answer of the model.</summary>
internal sealed record ModelTurn
{
    /// <summary>The text.</summary>
    public string Text { get; init; } = "";

    /// <summary>The reasoning, where the provider shows it.</summary>
    public string Reasoning { get; init; } = "";

    /// <summary>Tool calls in the model's order.</summary>
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    /// <summary>Prompt tokens as reported.</summary>
    public long InputTokens { get; init; }

    /// <summary>Completion tokens as reported.</summary>
    public long OutputTokens { get; init; }
}
