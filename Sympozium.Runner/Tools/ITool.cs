using System.Text.Json;

namespace Sympozium.Runner.Tools;

/// <summary>Something the model can have done.</summary>
internal interface ITool
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>JSON of <c>{"name","description","parameters"}</c>, as the model sees it.</summary>
    ReadOnlySpan<byte> Definition { get; }

    /// <summary>Does it. Called by several threads at once.</summary>
    /// <param name="arguments">A JSON object.</param>
    /// <exception cref="ToolException">It cannot be done; the message is for the model.</exception>
    ToolResult Execute(JsonElement arguments);
}

/// <summary>What a tool gives back to the model.</summary>
/// <param name="Text">The text.</param>
/// <param name="IsError">Whether it failed.</param>
internal sealed record ToolResult(string Text, bool IsError = false)
{
    /// <summary>A failure: the text starts with <c>Error:</c>, by which models and readers know it.</summary>
    public static ToolResult Error(string message) => new($"Error: {message}", IsError: true);
}

/// <summary>A tool call cannot be done; the message tells the model why and what to do instead.</summary>
internal sealed class ToolException(string message, Exception? inner = null) : Exception(message, inner);
