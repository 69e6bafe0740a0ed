using Microsoft.Extensions.DependencyInjection;
using Sympozium.Silo.Cluster;
using Sympozium.Silo.Hosting;

namespace Sympozium.Silo.Tests.Hosting;

public sealed class LocalGrainRuntimeTests
{
    [Fact]
    public void Silo_OrClient_OnTheLocalRuntime_SaysWhichBuildIsNeeded()
    {
        var services = new ServiceCollection();

        foreach (var failure in new[]
        {
            Assert.Throws<NotSupportedException>(() => services.AddGrainSilo(_ => { })),
            Assert.Throws<NotSupportedException>(() => services.AddGrainClient(_ => { })),
        })
        {
            Assert.Contains("one process only", failure.Message, StringComparison.Ordinal);
            Assert.Contains("-p:GrainRuntime=Orleans", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task SeveralProcesses_OnTheLocalRuntime_AreWrongUsage()
    {
        Assert.Equal(2, await ClusterVerbs.SiloAsync(["--profile", "cluster", "--database-file", "/nowhere"]));
        Assert.Equal(2, await ClusterVerbs.GatewayAsync([]));
        Assert.Equal(2, await ClusterVerbs.GatewayAsync(["--profile", "small"]));
    }
}
