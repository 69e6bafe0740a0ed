namespace Sympozium.Benchmarks.Cluster;

/// <summary>Stands for a benchmark that needs Orleans.</summary>
internal static class ClusterRuns
{
    public static Task<IReadOnlyList<BenchmarkTable>> RunAsync() => throw new NotSupportedException(
        "Clusters of silos are measured by the build with -p:GrainRuntime=Orleans: artifacts/orleans/bin/Sympozium.Benchmarks/release/sympozium-benchmarks.dll.");
}

/// <summary>Stands for a benchmark that needs Orleans.</summary>
internal static class ClusterFaults
{
    public static Task<IReadOnlyList<BenchmarkTable>> RunAsync() => ClusterRuns.RunAsync();
}
