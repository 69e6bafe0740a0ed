namespace Sympozium.Conformance.Tests.Normalizing;

/// <summary>What a normalizer has to know about a run.</summary>
/// <param name="Words">Texts that differ from run to run, with what stands for them, in the order of replacement.</param>
/// <param name="Nodes">Names of the cluster's nodes.</param>
/// <param name="CaseText">The case's file; what it wrote itself is kept.</param>
/// <param name="Generated">Prefixes of names with random suffixes.</param>
/// <param name="Start">When the run began.</param>
internal sealed record NormalizerContext(
    IReadOnlyList<(string Text, string Mark)> Words, IReadOnlyCollection<string> Nodes, string CaseText, IEnumerable<string> Generated, DateTimeOffset Start);
