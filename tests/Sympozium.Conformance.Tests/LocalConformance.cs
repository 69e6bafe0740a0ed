using Sympozium.Conformance.Tests.Cases;
using Sympozium.Conformance.Tests.Cluster;
using Sympozium.Conformance.Tests.Running;
using Sympozium.Testing;

namespace Sympozium.Conformance.Tests;

/// <summary>Runs cases against the local cluster; a class per part lets the parts run at the same time.</summary>
public abstract class LocalConformance(LocalClusterRig rig) : IClassFixture<LocalClusterRig>
{
    protected async Task CheckAsync(string id)
    {
        Assert.True(Kubectl.Missing is null, Kubectl.Missing);
        ConformanceCase conformanceCase = ConformanceCase.Read(id);
        rig.MinTerminatingTime = TimeSpan.FromSeconds(conformanceCase.WatchesPodsGo ? 10 : 1);
        string? difference = await CaseRun.DifferenceAsync(conformanceCase, rig.Target);
        string? known = KnownDifferences.ReasonOf(id);
        if (known is null)
        {
            Assert.True(difference is null, $"Case '{id}' differs from Kubernetes 1.36 at {difference}");
        }
        else
        {
            Assert.True(difference is not null, $"Case '{id}' passes now: remove it from the list {KnownDifferences.FileName} (there as \"{known}\").");
        }
    }

    /// <summary>The cases of one part.</summary>
    protected static TheoryData<string> CasesOf(ConformancePart part) => [.. ConformanceCase.Ids.Where(id => ConformanceCase.Read(id).Part == part)];
}
