namespace Sympozium.Conformance.Tests.Running;

/// <summary>
/// How long to wait at most for what a case expects. A case's own time-out counts when it is longer: it is what a machine needs that does nothing else,
/// and no case expects that a time-out passes.
/// </summary>
internal sealed record CaseLimits(TimeSpan Wait, TimeSpan Kubectl)
{
    /// <summary>A server in this process.</summary>
    public static readonly CaseLimits InProcess = new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(90));

    /// <summary>A real cluster, which pulls images and shares its machine.</summary>
    public static readonly CaseLimits Remote = new(TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(2));

    /// <summary>For what controllers still have to do after a step that does not wait for them.</summary>
    public TimeSpan Look { get; } = TimeSpan.FromSeconds(20);

    public TimeSpan ForWait(double seconds) => Longer(Wait, seconds);

    public TimeSpan ForKubectl(double seconds) => Longer(Kubectl, seconds);

    private static TimeSpan Longer(TimeSpan limit, double seconds) => TimeSpan.FromSeconds(Math.Max(limit.TotalSeconds, seconds));
}
