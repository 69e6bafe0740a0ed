using Sympozium.Conformance.Tests.Cases;
using Sympozium.Conformance.Tests.Cluster;
using Sympozium.Conformance.Tests.Running;
using Sympozium.Testing.Live;

namespace Sympozium.Conformance.Tests;

/// <summary>The same cases against the cluster that SYMPOZIUM_TEST_KUBECONFIG names: a real one gives what was recorded; what it lacks (a node, controllers) skips the cases that need it, with the reason.</summary>
[Trait("Category", "LiveCluster")]
public sealed class LiveConformanceTests(LiveClusterRig rig) : IClassFixture<LiveClusterRig>
{
    public static TheoryData<string> Cases => [.. ConformanceCase.Ids];

    [LiveClusterTheory]
    [MemberData(nameof(Cases))]
    public async Task Case_OnLiveCluster_GivesRecordedOutput(string id)
    {
        ConformanceCase conformanceCase = ConformanceCase.Read(id);
        if (rig.Missing(conformanceCase) is { } missing)
        {
            throw new SkipTestException(missing);
        }

        string? difference = await CaseRun.DifferenceAsync(conformanceCase, rig.Target);

        Assert.True(difference is null, $"Case '{id}' differs from Kubernetes 1.36 at {difference}");
    }
}
