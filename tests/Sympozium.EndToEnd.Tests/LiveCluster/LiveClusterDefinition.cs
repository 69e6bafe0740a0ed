namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>All tests of a live cluster share one installation there, and it has the machine to itself.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LiveClusterDefinition : ICollectionFixture<LiveInstallation>
{
    public const string Name = "LiveCluster";
}
