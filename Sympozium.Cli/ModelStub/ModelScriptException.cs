namespace Sympozium.Cli.ModelStub;

/// <summary>A model script is wrong; the message lists every problem with its line.</summary>
public sealed class ModelScriptException(string source, IReadOnlyList<string> problems)
    : Exception($"The model script '{source}' has {problems.Count} problem(s):\n  {string.Join("\n  ", problems)}")
{
    /// <summary>All problems, each starting with <c>line N:</c>.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
