using Sympozium.GrainRuntime.Calls;

namespace Orleans.Runtime;

/// <summary>Tuning of enumerations that come from grains.</summary>
public static class AsyncEnumerableExtensions
{
    /// <summary>How many items the grain may make ahead at once; has an effect only before the enumeration starts.</summary>
    public static IAsyncEnumerable<T> WithBatchSize<T>(this IAsyncEnumerable<T> self, int maxBatchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBatchSize, 1);
        if (self is IBatchedEnumerable batched)
        {
            batched.MaxBatchSize = maxBatchSize;
        }

        return self;
    }
}
