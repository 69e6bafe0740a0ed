namespace Sympozium.GrainRuntime.Calls;

/// <summary>Asks a grain for the next items of an enumeration.</summary>
internal sealed class EnumerationStep<T>(EnumerationSession<T> session, int maxBatchSize)
    : TaskRequest<(List<T> Items, bool More)>(EnumerationMethods.Step)
{
    public override Task Invoke(object grain) => session.FetchAsync(grain, maxBatchSize);
}

/// <summary>Tells a grain that nobody wants more items.</summary>
internal sealed class EnumerationDisposal<T>(EnumerationSession<T> session) : TaskRequest(EnumerationMethods.Disposal)
{
    public override Task Invoke(object grain) => session.EndAsync();
}

/// <summary>How steps of enumerations are called: they interleave, and an item may take as long as it takes.</summary>
internal static class EnumerationMethods
{
    public static GrainMethod Step { get; } = new("IAsyncEnumerator.MoveNextAsync", Timeout.InfiniteTimeSpan);

    public static GrainMethod Disposal { get; } = new("IAsyncEnumerator.DisposeAsync", null);
}
