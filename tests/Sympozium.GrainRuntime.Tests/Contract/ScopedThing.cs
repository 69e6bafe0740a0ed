namespace Sympozium.GrainRuntime.Tests.Contract;

/// <summary>A service of which each activation has its own, disposed of with it.</summary>
public sealed class ScopedThing(Probe probe) : IDisposable
{
    public Guid Id { get; } = Guid.NewGuid();

    public void Dispose() => probe.Add("scoped disposed");
}
