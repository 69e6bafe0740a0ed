using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Variables;

namespace Sympozium.LocalCluster.Pods.Limits;

/// <summary>What a container may use.</summary>
/// <param name="MemoryBytes">Memory; null for any amount.</param>
/// <param name="Processors">Processor time per time, 0.5 being half a core; null for any amount.</param>
/// <param name="Processes">Processes and threads; null for any number.</param>
internal sealed record ContainerLimits(long? MemoryBytes, decimal? Processors, long? Processes)
{
    /// <summary>Whether nothing is limited.</summary>
    public bool IsNone => this is { MemoryBytes: null, Processors: null, Processes: null };

    public static ContainerLimits Of(ContainerSpec container, LocalPodOptions options) => new(
        (long?)Amount(container, "memory"), options.EnforceCpuLimits ? Amount(container, "cpu") : null, options.MaxProcesses);

    private static decimal? Amount(ContainerSpec container, string resource) =>
        container.Resources.Limits.TryGetValue(resource, out System.Text.Json.JsonElement limit) && ResourceQuantity.Parse(limit.ToString()) is > 0 and var amount
            ? amount
            : null;
}
