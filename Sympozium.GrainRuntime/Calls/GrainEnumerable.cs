namespace Sympozium.GrainRuntime.Calls;

/// <summary>Items which a grain makes in its turns, as its caller sees them.</summary>
internal sealed class GrainEnumerable<T>(GrainProxy grain, EnumerableRequest<T> request) : IAsyncEnumerable<T>, IBatchedEnumerable
{
    private const int DefaultBatchSize = 100;

    public int MaxBatchSize { get; set; } = DefaultBatchSize;

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new GrainEnumerator<T>(grain, request, MaxBatchSize, cancellationToken);
}
