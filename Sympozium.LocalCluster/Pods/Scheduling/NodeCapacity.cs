namespace Sympozium.LocalCluster.Pods.Scheduling;

/// <summary>What the machine has.</summary>
internal static class NodeCapacity
{
    private static readonly long Memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>How much there is of a resource; 0 of what the machine does not know.</summary>
    public static decimal Of(string resource) => resource switch
    {
        "cpu" => Environment.ProcessorCount,
        "memory" => Memory,
        "ephemeral-storage" => decimal.MaxValue,
        _ => 0,
    };
}
