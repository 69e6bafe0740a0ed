using Sympozium.Conformance.Tests.Cases;
using Sympozium.Conformance.Tests.Cluster;

namespace Sympozium.Conformance.Tests;

/// <summary>HTTP, watches, discovery, rights and webhooks.</summary>
public sealed class LocalProtocolConformanceTests(LocalClusterRig rig) : LocalConformance(rig)
{
    public static TheoryData<string> Cases => CasesOf(ConformancePart.Protocol);

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Case_OnLocalCluster_GivesRecordedOutput(string id) => CheckAsync(id);
}
