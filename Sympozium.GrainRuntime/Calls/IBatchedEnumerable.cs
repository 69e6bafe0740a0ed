namespace Sympozium.GrainRuntime.Calls;

/// <summary>An enumeration whose items come from a grain in batches.</summary>
internal interface IBatchedEnumerable
{
    int MaxBatchSize { get; set; }
}
