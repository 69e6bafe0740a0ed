namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>What to do next with a pod.</summary>
/// <param name="Start">Containers to start, in this order.</param>
/// <param name="Stop">Containers to ask to end.</param>
/// <param name="WakeAt">When to decide again although nothing happened; null when only an event can change anything.</param>
/// <param name="Over">Nothing runs and nothing will.</param>
internal sealed record PodDecision(
    IReadOnlyList<PodContainer> Start, IReadOnlyList<PodContainer> Stop, DateTimeOffset? WakeAt, bool Over);
