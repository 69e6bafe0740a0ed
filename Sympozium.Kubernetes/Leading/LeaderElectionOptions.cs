namespace Sympozium.Kubernetes.Leading;

/// <summary>Which Lease decides, and how fast. The defaults are those of client-go.</summary>
public sealed record LeaderElectionOptions
{
    /// <summary>Namespace of the Lease.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the Lease.</summary>
    public required string Name { get; init; }

    /// <summary>Who this process is; no other may have the same, so it should hold something random besides the host's name.</summary>
    public required string Identity { get; init; }

    /// <summary>How long others leave a leader alone who does not renew. Default 15 s.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a leader tries to renew before it gives up leading; less than <see cref="LeaseDuration"/>. Default 10 s.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause between tries; well below <see cref="RenewDeadline"/>. Default 2 s.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Throws when the periods contradict each other.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    public void Validate()
    {
        if (LeaseDuration < TimeSpan.FromSeconds(1) || RetryPeriod <= TimeSpan.Zero || RenewDeadline >= LeaseDuration || RenewDeadline <= RetryPeriod * (1 + Jitter))
        {
            throw new ArgumentException(
                $"Leader election needs 1 s <= LeaseDuration > RenewDeadline > {1 + Jitter} x RetryPeriod; found LeaseDuration {LeaseDuration}, RenewDeadline {RenewDeadline}, RetryPeriod {RetryPeriod}.");
        }
    }

    /// <summary>By how much of itself a pause may be longer, so that candidates do not come all at once.</summary>
    internal const double Jitter = 0.2;
}
