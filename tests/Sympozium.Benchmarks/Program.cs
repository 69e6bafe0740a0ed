using Sympozium.Benchmarks;

// Each verb measures one thing and returns tables; `sympozium-benchmarks <verb> [--out docs/benchmarks/<verb>.md]`.
var verbs = new Dictionary<string, Func<Task<IReadOnlyList<BenchmarkTable>>>>(StringComparer.Ordinal)
{
    ["runs"] = Sympozium.Benchmarks.Runs.RunBenchmark.RunAsync,
    ["store"] = Sympozium.Benchmarks.Store.StoreBenchmark.RunAsync,
    ["cluster"] = Sympozium.Benchmarks.Cluster.ClusterBenchmark.RunAsync,
    ["admission"] = Sympozium.Benchmarks.Admission.AdmissionBenchmark.RunAsync,
    ["bus"] = Sympozium.Benchmarks.Bus.BusBenchmark.RunAsync,
    ["grains"] = Sympozium.Benchmarks.Grains.GrainBenchmark.RunAsync,
    ["grain-figures"] = Sympozium.Benchmarks.Grains.GrainFigures.RunAsync,
    ["grain-runtimes"] = Sympozium.Benchmarks.Grains.GrainComparison.RunAsync,
    ["cluster-runs"] = Sympozium.Benchmarks.Cluster.ClusterRuns.RunAsync,
    ["cluster-faults"] = Sympozium.Benchmarks.Cluster.ClusterFaults.RunAsync,
};

if (args is not [var verb, ..] || !verbs.TryGetValue(verb, out var run))
{
    await Console.Error.WriteLineAsync($"Usage: sympozium-benchmarks <{string.Join('|', verbs.Keys)}> [--out FILE]");
    return 2;
}

var text = BenchmarkReport.Write(verb, await run());
Console.WriteLine(text);
if (args is [_, "--out", var file])
{
    await File.WriteAllTextAsync(file, text);
}

return 0;
