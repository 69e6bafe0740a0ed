namespace Sympozium.Benchmarks.Cluster;

/// <summary>What was measured of one API server; NaN and null are what was not.</summary>
internal sealed record ClusterFigures
{
    /// <value>Creates per second with 1, 8 and 64 clients.</value>
    public required double[] Creates { get; init; }

    /// <value>Milliseconds, p50 and p99.</value>
    public (double Middle, double Late) Get { get; init; } = (double.NaN, double.NaN);

    /// <value>Milliseconds for a list of 10,000 objects.</value>
    public double List { get; init; } = double.NaN;

    /// <value>Milliseconds, p50 and p99, with one watcher.</value>
    public (double Middle, double Late) WatchOne { get; init; } = (double.NaN, double.NaN);

    /// <value>The same with a hundred watchers.</value>
    public (double Middle, double Late) WatchHundred { get; init; } = (double.NaN, double.NaN);

    /// <value>Resident MiB empty, with 50,000 and with 100,000 objects of 2 kB.</value>
    public double[] Memory { get; init; } = [double.NaN, double.NaN, double.NaN];

    /// <value>Resident MiB of the empty API server alone: without controllers and all else that its process has otherwise.</value>
    public double Alone { get; init; } = double.NaN;

    /// <value>Milliseconds from the start of the process until it is ready.</value>
    public double Ready { get; init; } = double.NaN;

    /// <summary>kube-apiserver 1.36 with etcd on two such cores, 2 kB objects, fsync on: measured before, not in this run.</summary>
    public static ClusterFigures Quoted { get; } = new()
    {
        Creates = [270, 515, 738],
        List = 870,
        WatchOne = (5, 14),
        Memory = [386, 2_355, double.NaN],
        Alone = 386,
        Ready = 2_800,
    };
}
