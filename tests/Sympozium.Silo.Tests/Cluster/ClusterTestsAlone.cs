namespace Sympozium.Silo.Tests.Cluster;

/// <summary>Clusters of silos share the processors with no other test: a silo that gets no time for its probes is voted out, as it should be.</summary>
[CollectionDefinition("Cluster", DisableParallelization = true)]
public sealed class ClusterTestsAlone;
