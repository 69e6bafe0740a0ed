using Sympozium.Conformance.Tests.Cases;
using Sympozium.Conformance.Tests.Cluster;

namespace Sympozium.Conformance.Tests;

/// <summary>Kinds, verbs and validation of built-in objects.</summary>
public sealed class LocalObjectConformanceTests(LocalClusterRig rig) : LocalConformance(rig)
{
    public static TheoryData<string> Cases => CasesOf(ConformancePart.Objects);

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Case_OnLocalCluster_GivesRecordedOutput(string id) => CheckAsync(id);
}
