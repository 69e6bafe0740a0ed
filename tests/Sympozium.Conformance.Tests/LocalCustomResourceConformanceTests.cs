using Sympozium.Conformance.Tests.Cases;
using Sympozium.Conformance.Tests.Cluster;

namespace Sympozium.Conformance.Tests;

/// <summary>Custom resources, tables and apply.</summary>
public sealed class LocalCustomResourceConformanceTests(LocalClusterRig rig) : LocalConformance(rig)
{
    public static TheoryData<string> Cases => CasesOf(ConformancePart.CustomResources);

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Case_OnLocalCluster_GivesRecordedOutput(string id) => CheckAsync(id);
}
