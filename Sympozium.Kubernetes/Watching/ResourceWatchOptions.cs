namespace Sympozium.Kubernetes.Watching;

/// <summary>What a watch covers and how it behaves when the API does not.</summary>
public sealed record ResourceWatchOptions
{
    /// <summary>Where; null means all namespaces.</summary>
    public string? Namespace { get; init; }

    /// <summary>Which objects; null means all.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Whether <c>metadata</c> is enough; then a server need not send the rest.</summary>
    public bool MetadataOnly { get; init; }

    /// <summary>How often everything is listed again though no event came.</summary>
    /// <value>Default 10 min.</value>
    public TimeSpan ResyncPeriod { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Pause after the first failure; it doubles with each further one.</summary>
    /// <value>Default 100 ms.</value>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause between tries.</summary>
    /// <value>Default 30 s.</value>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);
}
