using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Garbage;

/// <summary>Secrets that hold the token of a ServiceAccount.</summary>
public sealed class TokenSecretTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task Secret_OfAnAccount_GetsATokenThatLivesAsLongAsIt()
    {
        string ns = await fixture.NamespaceAsync();
        using ApiCaller api = new(fixture.Cluster);
        await api.CallAsync("POST", $"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"bot"}}""");
        await CreateAsync(ns, "t", "bot");
        _ = (await fixture.Kubectl.RunAsync("wait", "secret/t", "-n", ns, "--for=jsonpath={.data.token}", "--timeout=150s")).Success;

        JsonObject secret = (await fixture.Client.GetAsync(CoreTypes.Secrets, ns, "t", default))!;
        string token = Decoded(secret, "token");
        ApiAnswer before = await api.CallAsync("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}", token);
        string described = (await fixture.Kubectl.RunAsync("describe", "sa", "bot", "-n", ns)).Success;
        await fixture.Client.DeleteAsync(CoreTypes.Secrets, ns, "t", DeleteOptions.Background, default);
        ApiAnswer after = await api.CallAsync("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}", token);

        Assert.Equal(ns, Decoded(secret, "namespace"));
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", Decoded(secret, "ca.crt"), StringComparison.Ordinal);
        Assert.NotNull(secret["metadata"]!["annotations"]!["kubernetes.io/service-account.uid"]);
        Assert.Equal($"system:serviceaccount:{ns}:bot", (string?)before.Json["status"]?["userInfo"]?["username"]);
        Assert.Matches(@"Tokens:\s+t\n", described);
        Assert.Equal(401, after.Code);
    }

    [Fact]
    public async Task Secret_OfNoAccount_IsRemoved()
    {
        string ns = await fixture.NamespaceAsync();
        await CreateAsync(ns, "t", "nobody");

        _ = (await fixture.Kubectl.RunAsync("wait", "--for=delete", "secret/t", "-n", ns, "--timeout=150s")).Success;

        Assert.Null(await fixture.Client.GetAsync(CoreTypes.Secrets, ns, "t", default));
    }

    private Task<JsonObject> CreateAsync(string ns, string name, string account) => fixture.Client.CreateAsync(
        CoreTypes.Secrets,
        JsonNode.Parse($$"""
            {"apiVersion":"v1","kind":"Secret","metadata":{"name":"{{name}}","namespace":"{{ns}}","annotations":{"kubernetes.io/service-account.name":"{{account}}"} },
             "type":"kubernetes.io/service-account-token"}
            """)!.AsObject(),
        default);

    private static string Decoded(JsonObject secret, string key) => Encoding.UTF8.GetString(Convert.FromBase64String(secret["data"]![key]!.GetValue<string>()));
}
