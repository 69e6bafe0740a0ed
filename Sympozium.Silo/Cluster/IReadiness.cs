namespace Sympozium.Silo.Cluster;

/// <summary>Whether this process is of use, for <c>/readyz</c>.</summary>
internal interface IReadiness
{
    /// <summary>What it cannot do without and lacks; empty when ready.</summary>
    IReadOnlyList<string> Missing();

    /// <summary>What it lacks though it is of use: all replicas lack it alike, so taking them out of the Service would make it worse.</summary>
    IReadOnlyList<string> Degraded();
}
