namespace Sympozium.Grains.Runs;

/// <summary>How a run ended.</summary>
/// <param name="Phase">A terminal phase.</param>
/// <param name="Reason">Machine-readable reason; null for success.</param>
/// <param name="Error">For a person; null for success.</param>
/// <param name="Result">The answer, possibly partial.</param>
/// <param name="ExitCode">Exit code of the agent container, where it is known.</param>
public sealed record RunOutcome(string Phase, string? Reason = null, string? Error = null, string? Result = null, int? ExitCode = null);
