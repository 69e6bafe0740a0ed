namespace Sympozium.Conformance.Tests.Running;

/// <summary>How long to wait at most for what a case expects; the case's own time-outs count when they are shorter.</summary>
internal sealed record CaseLimits(TimeSpan Wait, TimeSpan Kubectl)
{
    /// <summary>A server in this process: what has not happened soon will not happen.</summary>
    public static readonly CaseLimits InProcess = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20));

    /// <summary>A real cluster, which pulls images and shares its machine.</summary>
    public static readonly CaseLimits Remote = new(TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(2));

    public TimeSpan ForWait(double seconds) => Shorter(Wait, seconds);

    public TimeSpan ForKubectl(double seconds) => Shorter(Kubectl, seconds);

    private static TimeSpan Shorter(TimeSpan limit, double seconds) => TimeSpan.FromSeconds(Math.Min(limit.TotalSeconds, seconds));
}
