using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Tests.Identity;

public sealed class ImpersonationTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IDisposable
{
    private const string WhoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

    private readonly ApiCaller _api = new(fixture.Cluster);

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task Administrator_ActingAsSomebody_IsThatUserWithEverythingNamed()
    {
        ApiAnswer answer = await _api.CallAsync(
            "POST", WhoAmI, "{}", null, "Impersonate-User: jane", "Impersonate-Group: devs", "Impersonate-Uid: 7", "Impersonate-Extra-Scope%2fx: a");
        Assert.Equal(
            """{"username":"jane","uid":"7","groups":["devs","system:authenticated"],"extra":{"scope/x":["a"]}}""", answer.Json["status"]!["userInfo"]!.ToJsonString());
    }

    [Fact]
    public async Task ServiceAccount_ActedAs_HasItsGroups()
    {
        ApiAnswer answer = await _api.CallAsync("POST", WhoAmI, "{}", null, "Impersonate-User: system:serviceaccount:ns:bot");
        Assert.Equal("""["system:serviceaccounts","system:serviceaccounts:ns","system:authenticated"]""", answer.Json["status"]!["userInfo"]!["groups"]!.ToJsonString());
    }

    [Theory]
    [InlineData("users \"jane\" is forbidden: User \"USER\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope", "Impersonate-User: jane")]
    [InlineData("serviceaccounts \"b\" is forbidden: User \"USER\" cannot impersonate resource \"serviceaccounts\" in API group \"\" in the namespace \"other\"", "Impersonate-User: system:serviceaccount:other:b")]
    [InlineData("groups \"system:masters\" is forbidden: User \"USER\" cannot impersonate resource \"groups\" in API group \"\" at the cluster scope", "Impersonate-User: max", "Impersonate-Group: system:masters")]
    [InlineData("userextras.authentication.k8s.io \"a\" is forbidden: User \"USER\" cannot impersonate resource \"userextras/scope\" in API group \"authentication.k8s.io\" at the cluster scope", "Impersonate-User: max", "Impersonate-Extra-scope: a")]
    public async Task Anybody_ActingAsWhomTheyMayNot_IsRefused(string message, params string[] headers)
    {
        string ns = await fixture.NamespaceAsync();
        string token = await _api.TokenAsync(ns, "bot");
        const string Rbac = "/apis/rbac.authorization.k8s.io/v1";
        await _api.CallAsync("POST", $"{Rbac}/clusterroles", $$$"""
            {"metadata":{"name":"{{{ns}}}"},"rules":[{"apiGroups":[""],"resources":["users"],"resourceNames":["max"],"verbs":["impersonate"]}]}
            """);
        await _api.CallAsync("POST", $"{Rbac}/clusterrolebindings", $$$"""
            {"metadata":{"name":"{{{ns}}}"},"roleRef":{"kind":"ClusterRole","name":"{{{ns}}}"},"subjects":[{"kind":"ServiceAccount","name":"bot","namespace":"{{{ns}}}"}]}
            """);
        ApiAnswer answer = await _api.CallAsync("GET", "/api", null, token, headers);
        Assert.Equal((403, message.Replace("USER", $"system:serviceaccount:{ns}:bot", StringComparison.Ordinal)), (answer.Code, answer.Message));
        Assert.Equal(200, (await _api.CallAsync("GET", "/api", null, token, "Impersonate-User: max")).Code);
    }

    [Fact]
    public async Task Anonymous_ReadsHealthAndVersionOnly()
    {
        foreach (string path in (string[])["/healthz", "/livez", "/readyz", "/version"])
        {
            Assert.Equal(200, (await _api.CallAsync("GET", path, token: "")).Code);
        }

        ApiAnswer refused = await _api.CallAsync("POST", WhoAmI, "{}", "");
        Assert.Equal(
            (403, "selfsubjectreviews.authentication.k8s.io is forbidden: User \"system:anonymous\" cannot create resource \"selfsubjectreviews\" in API group \"authentication.k8s.io\" at the cluster scope"),
            (refused.Code, refused.Message));
    }

    [Fact]
    public async Task Certificate_OfTheClustersAuthority_NamesUserAndGroups()
    {
        using X509Certificate2 good = Certificate(signed: true);
        using ApiCaller caller = new(fixture.Cluster, good);
        JsonNode user = (await caller.CallAsync("POST", WhoAmI, "{}", "")).Json["status"]!["userInfo"]!;
        Assert.Equal("""{"username":"jane","groups":["ops","devs","system:authenticated"]}""", user.ToJsonString());
        using X509Certificate2 foreign = Certificate(signed: false);
        using ApiCaller stranger = new(fixture.Cluster, foreign);
        Assert.Equal(401, (await stranger.CallAsync("POST", WhoAmI, "{}", "")).Code);
    }

    private X509Certificate2 Certificate(bool signed)
    {
        string pki = Path.GetDirectoryName(fixture.Cluster.TokenPath)!;
        using X509Certificate2 authority = X509Certificate2.CreateFromPemFile(Path.Combine(pki, "ca.crt"), Path.Combine(pki, "ca.key"));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=jane, O=devs, O=ops", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        if (!signed)
        {
            return request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
        }

        using X509Certificate2 made = request.Create(authority, now.AddMinutes(-1), now.AddHours(1), [1, 2, 3]);
        return made.CopyWithPrivateKey(key);
    }
}
