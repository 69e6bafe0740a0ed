namespace Sympozium.TestSilo;

/// <summary>A wall clock that is wrong by a fixed time; durations are right.</summary>
internal sealed class SkewedTime(TimeSpan skew) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + skew;
}
