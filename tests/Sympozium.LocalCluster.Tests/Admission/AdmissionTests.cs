using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Hosting;
using Sympozium.LocalCluster.Kinds;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Admission;

public sealed class AdmissionTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly CancellationTokenSource _limit = new(TestTimeouts.InProcess);

    public void Dispose()
    {
        _limit.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Review_OfACreation_MayChangeTheObject()
    {
        await using LocalClusterHost cluster = await StartAsync(request =>
        {
            request.Resource["data"]!["seen"] = "yes";
            return AdmissionResult.Allowed;
        });
        JsonObject created = await cluster.Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap("default", "a"), _limit.Token);
        Assert.Equal("yes", created["data"]!["seen"]!.GetValue<string>());
    }

    [Fact]
    public async Task Review_ThatForbids_RefusesWithItsReasonAndCauses()
    {
        await using LocalClusterHost cluster = await StartAsync(
            _ => AdmissionResult.Forbidden("too many of them", [new FieldProblem("data", "TooMany", "at most none")]));
        KubernetesException failure = await Assert.ThrowsAsync<KubernetesException>(
            () => cluster.Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap("default", "a"), _limit.Token));
        Assert.Equal(HttpStatusCode.Forbidden, failure.Code);
        Assert.Equal("configmaps \"a\" is forbidden: too many of them", failure.Message);
        Assert.Equal("data", failure.Details!["causes"]![0]!["field"]!.GetValue<string>());
        Assert.Null(await cluster.Client.GetAsync(CoreTypes.ConfigMaps, "default", "a", _limit.Token));
    }

    [Fact]
    public async Task Review_OfUpdatesAndDeletions_SeesOldAndNew()
    {
        List<string> seen = [];
        await using LocalClusterHost cluster = await StartAsync(request =>
        {
            seen.Add($"{request.Operation} {request.Old?["data"]?["value"]}>{request.Resource["data"]?["value"]}");
            return AdmissionResult.Allowed;
        });
        await cluster.Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap("default", "a"), _limit.Token);
        await cluster.Client.ReplaceAsync(CoreTypes.ConfigMaps, Resources.ConfigMap("default", "a", "2"), null, _limit.Token);
        await cluster.Client.DeleteAsync(CoreTypes.ConfigMaps, "default", "a", DeleteOptions.Background, _limit.Token);
        Assert.Equal(["Create >1", "Update 1>2", "Delete >2"], seen);
    }

    private Task<LocalClusterHost> StartAsync(Func<AdmissionRequest, AdmissionResult> review) =>
        LocalClusterHost.StartAsync(new LocalClusterOptions { DataDirectory = _folder.Path, Port = 0 }, [new Reviewer(review)], cancellationToken: _limit.Token);

    private sealed class Reviewer(Func<AdmissionRequest, AdmissionResult> review) : IAdmission
    {
        public ValueTask<AdmissionResult> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(
            request.Kind.Type == CoreTypes.ConfigMaps && request.Resource["metadata"]!["name"]!.GetValue<string>() == "a" ? review(request) : AdmissionResult.Allowed);
    }
}
