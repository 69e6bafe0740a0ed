using Sympozium.Conformance.Tests.Cases;
using Sympozium.Conformance.Tests.Cluster;

namespace Sympozium.Conformance.Tests;

/// <summary>What runs: Pods, Jobs and Deployments.</summary>
public sealed class LocalWorkloadConformanceTests(LocalClusterRig rig) : LocalConformance(rig)
{
    public static TheoryData<string> Cases => CasesOf(ConformancePart.Workloads);

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Case_OnLocalCluster_GivesRecordedOutput(string id) => CheckAsync(id);
}
