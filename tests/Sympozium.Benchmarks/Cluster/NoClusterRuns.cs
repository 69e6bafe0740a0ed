namespace Sympozium.Benchmarks.Cluster;

/// <summary>Stands for the benchmark that needs Orleans.</summary>
internal static class ClusterRuns
{
    public static Task<IReadOnlyList<BenchmarkTable>> RunAsync() => throw new NotSupportedException(
        "Runs through silos are measured by the build with -p:GrainRuntime=Orleans: artifacts/orleans/bin/Sympozium.Benchmarks/release/sympozium-benchmarks.dll.");
}
