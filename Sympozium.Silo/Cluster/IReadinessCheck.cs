namespace Sympozium.Silo.Cluster;

/// <summary>One thing that a process needs to be of use.</summary>
internal interface IReadinessCheck
{
    /// <summary>Whether the process is of no use without it; else it is only told.</summary>
    bool IsRequired { get; }

    /// <summary>What is missing, as <c>what: why</c>; null when nothing is.</summary>
    string? Problem { get; }
}

/// <summary>A check by a function.</summary>
/// <param name="IsRequired">Whether the process is of no use without it.</param>
/// <param name="Find">What is missing; null when nothing is.</param>
internal sealed record ReadinessCheck(bool IsRequired, Func<string?> Find) : IReadinessCheck
{
    /// <inheritdoc/>
    public string? Problem => Find();
}
