namespace Sympozium.Abstractions.Resources;

/// <summary>Something that is wrong with a resource.</summary>
/// <param name="Path">Field, for example <c>spec.task</c>.</param>
/// <param name="Message">What is wrong, with the value found and what is allowed.</param>
public sealed record ResourceProblem(string Path, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Message}";
}
