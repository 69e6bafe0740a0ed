using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests.Clusters;

/// <summary>What <c>k8s</c> has for kubectl, applied as the documents say, to a cluster that knows nothing of Sympozium.</summary>
public sealed class KustomizationTests
{
    [Theory]
    [InlineData("manifests", false)]
    [InlineData("manifests", true)]
    [InlineData("overlays/webhook", false)]
    [InlineData("cluster", false)]
    [InlineData("cluster", true)]
    public async Task Kustomization_IsAcceptedWithoutAWarning_ChangesNothingTheSecondTime_AndIsRemovedWhole(string folder, bool serverSide)
    {
        Assert.True(Kubectl.Missing is null, Kubectl.Missing);
        await using RemoteCluster cluster = await RemoteCluster.StartAsync(withNode: false, empty: true);
        Kubectl kubectl = new(cluster.Kubeconfig);
        string path = Path.Combine(RepositoryRoot.Path, "k8s", folder);
        string[] apply = ["apply", "--validate=strict", "-k", path, .. serverSide ? (string[])["--server-side"] : []];

        KubectlResult first = await kubectl.RunAsync(apply);
        KubectlResult second = await kubectl.RunAsync(apply);
        KubectlResult dry = await kubectl.RunAsync([.. apply, "--dry-run=server"]);
        KubectlResult difference = await kubectl.RunAsync(["diff", "-k", path, .. serverSide ? (string[])["--server-side"] : []]);
        KubectlResult removed = await kubectl.RunAsync("delete", "--ignore-not-found", "-k", path);

        Assert.True(first is { ExitCode: 0, Errors: "" }, first.Errors + first.Output);
        Assert.True(second is { ExitCode: 0, Errors: "" }, second.Errors + second.Output);
        Assert.All(second.Rows, row => Assert.EndsWith(serverSide ? " serverside-applied" : " unchanged", row, StringComparison.Ordinal));
        Assert.True(dry is { ExitCode: 0, Errors: "" }, dry.Errors + dry.Output);
        Assert.True(difference is { ExitCode: 0, Output: "" }, difference.Errors + difference.Output);
        Assert.True(removed.ExitCode == 0, removed.Errors + removed.Output);
        KubectlResult left = await kubectl.RunAsync(
            "get", "namespaces,customresourcedefinitions,clusterroles,clusterrolebindings,validatingwebhookconfigurations,mutatingwebhookconfigurations", "-o", "name");
        Assert.DoesNotContain("sympozium", left.Success, StringComparison.Ordinal);
    }
}
