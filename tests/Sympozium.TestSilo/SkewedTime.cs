namespace Sympozium.TestSilo;

/// <summary>A wall clock that is wrong by some time, which may change while it runs; durations are right.</summary>
internal sealed class SkewedTime(TimeSpan skew) : TimeProvider
{
    private long _skewTicks = skew.Ticks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _skewTicks));

    /// <summary>Sets the clock by so much, as an administrator or a time daemon would.</summary>
    public void Jump(TimeSpan by) => Interlocked.Add(ref _skewTicks, by.Ticks);
}
