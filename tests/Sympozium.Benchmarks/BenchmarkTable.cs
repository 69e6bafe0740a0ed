namespace Sympozium.Benchmarks;

/// <summary>Results of one measurement.</summary>
/// <param name="Title">What was measured.</param>
/// <param name="Columns">Column heads; the first names the case.</param>
/// <param name="Rows">One row for each case, as many cells as columns.</param>
/// <param name="Note">How it was measured, in a sentence or two.</param>
public sealed record BenchmarkTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string Note);
