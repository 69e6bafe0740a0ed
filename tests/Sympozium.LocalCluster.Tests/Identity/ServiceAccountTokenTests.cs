using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Hosting;
using Sympozium.LocalCluster.Identity;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Identity;

public sealed class ServiceAccountTokenTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IDisposable
{
    private const string Reviews = "/apis/authentication.k8s.io/v1/tokenreviews";

    private readonly ApiCaller _api = new(fixture.Cluster);

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task Token_BoundToAPod_SaysSoAndEndsWithThePod()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject pod = await PodAsync(ns, "p", "default");
        string uid = pod["metadata"]!["uid"]!.GetValue<string>();
        await fixture.Client.WaitForAsync(CoreTypes.ServiceAccounts, ns, "default", now => now is not null);
        string token = Issued(ns, "default", new BoundObject("v1", "Pod", "p", uid)).Token;
        JsonNode user = (await ReviewAsync(token))["user"]!;
        Assert.Equal("p", user["extra"]!["authentication.kubernetes.io/pod-name"]![0]!.GetValue<string>());
        Assert.Equal(uid, user["extra"]!["authentication.kubernetes.io/pod-uid"]![0]!.GetValue<string>());
        await fixture.Client.DeleteAsync(CoreTypes.Pods, ns, "p", DeleteOptions.Background, default);
        JsonNode gone = await ReviewAsync(token);
        Assert.Null(gone["authenticated"]);
        Assert.Contains("invalidated", gone["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(401, (await _api.CallAsync("GET", "/api", token: token)).Code);
    }

    [Theory]
    [InlineData(3_607, 365 * 24 * 3_600)]
    [InlineData(3_600, 3_600)]
    public async Task Token_OfThePodsOwnVolume_OutlivesItsTimeAsKubernetesHasIt(int asked, int seconds)
    {
        string ns = await fixture.NamespaceAsync();
        await fixture.Client.WaitForAsync(CoreTypes.ServiceAccounts, ns, "default", now => now is not null);
        await PodAsync(ns, "p", "default");
        IssuedToken issued = fixture.Cluster.Tokens.Issue(
            new ServiceAccountTokenRequest(ns, "default") { BoundTo = new BoundObject("v1", "Pod", "p"), Lifetime = TimeSpan.FromSeconds(asked) });
        JsonNode claims = JsonNode.Parse(Base64Url.DecodeFromChars(issued.Token.Split('.')[1]))!;
        long start = claims["iat"]!.GetValue<long>();
        Assert.Equal(seconds, claims["exp"]!.GetValue<long>() - start);
        Assert.Equal(asked == seconds ? null : asked, claims["kubernetes.io"]!["warnafter"]?.GetValue<long>() - start);
        Assert.Equal(asked, (issued.ExpiresAt - issued.IssuedAt).TotalSeconds);
    }

    [Fact]
    public async Task Token_OfAnAccountThatWasMadeAgain_IsRefused()
    {
        string ns = await fixture.NamespaceAsync();
        string token = await _api.TokenAsync(ns, "bot");
        await fixture.Client.DeleteAsync(CoreTypes.ServiceAccounts, ns, "bot", DeleteOptions.Background, default);
        string second = await _api.TokenAsync(ns, "bot");
        Assert.Equal(401, (await _api.CallAsync("GET", "/api", token: token)).Code);
        Assert.Equal(200, (await _api.CallAsync("GET", "/api", token: second)).Code);
    }

    [Fact]
    public async Task Token_ForAnotherAudience_IsNotForThisServer()
    {
        string ns = await fixture.NamespaceAsync();
        await _api.TokenAsync(ns, "bot");
        ApiAnswer answer = await _api.CallAsync("POST", $"/api/v1/namespaces/{ns}/serviceaccounts/bot/token", """{"spec":{"audiences":["vault","other"]}}""");
        string token = answer.Json["status"]!["token"]!.GetValue<string>();
        Assert.Equal(401, (await _api.CallAsync("GET", "/api", token: token)).Code);
        ApiAnswer review = await _api.CallAsync("POST", Reviews, $$$"""{"spec":{"token":"{{{token}}}","audiences":["vault","none"]}}""");
        Assert.Equal("""["vault"]""", review.Json["status"]!["audiences"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"ghost"}}}""", 404, "pods \"ghost\" not found")]
    [InlineData("""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"ConfigMap","name":"x"}}}""", 400, "cannot bind token to object of type /v1, Kind=ConfigMap")]
    [InlineData("""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p"}}}""", 400, "cannot bind token for serviceaccount \"bot\" to pod running with different serviceaccount name.")]
    [InlineData("""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Secret","name":"s","uid":"x"}}}""", 409, "Operation cannot be fulfilled on Secret \"s\": the UID in the bound object reference (x) does not match the UID in record. The object might have been deleted and then recreated")]
    [InlineData("""{"metadata":{"name":"other"}}""", 422, "TokenRequest.authentication.k8s.io \"bot\" is invalid: metadata.name: Invalid value: \"other\": must match the service account name if specified")]
    public async Task Request_ThatDoesNotFit_IsRefused(string body, int code, string message)
    {
        string ns = await fixture.NamespaceAsync();
        await _api.TokenAsync(ns, "bot");
        await PodAsync(ns, "p", "default");
        await _api.CallAsync("POST", $"/api/v1/namespaces/{ns}/secrets", """{"metadata":{"name":"s"}}""");
        ApiAnswer answer = await _api.CallAsync("POST", $"/api/v1/namespaces/{ns}/serviceaccounts/bot/token", body);
        Assert.Equal((code, message), (answer.Code, answer.Message));
    }

    [Fact]
    public async Task Token_WithOtherBytes_IsRefused()
    {
        string ns = await fixture.NamespaceAsync();
        string[] parts = (await _api.TokenAsync(ns, "bot")).Split('.');
        string claims = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])).Replace(":bot\"", ":default\"", StringComparison.Ordinal);
        string none = Base64Url.EncodeToString("""{"alg":"none"}"""u8);
        string changed = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims));
        foreach (string forged in (string[])[$"{parts[0]}.{changed}.{parts[2]}", $"{none}.{parts[1]}.", $"{none}.{parts[1]}.{parts[2]}", $"{parts[0]}.{parts[1]}.", "a.b.c", "..", "eyJ"])
        {
            Assert.Equal(401, (await _api.CallAsync("GET", "/api", token: forged)).Code);
        }
    }

    [Fact]
    public async Task Keys_AreServedToWhoChecksTokens()
    {
        string ns = await fixture.NamespaceAsync();
        string token = await _api.TokenAsync(ns, "bot");
        ApiAnswer discovery = await _api.CallAsync("GET", "/.well-known/openid-configuration", token: token);
        Assert.Equal(ServiceAccountTokens.Issuer, discovery.Json["issuer"]!.GetValue<string>());
        ApiAnswer keys = await _api.CallAsync("GET", new Uri(discovery.Json["jwks_uri"]!.GetValue<string>()).AbsolutePath, token: token);
        Assert.Equal("application/jwk-set+json", keys.ContentType);
        JsonNode key = keys.Json["keys"]![0]!;
        using RSA rsa = RSA.Create(new RSAParameters
        {
            Modulus = Base64Url.DecodeFromChars(key["n"]!.GetValue<string>()),
            Exponent = Base64Url.DecodeFromChars(key["e"]!.GetValue<string>()),
        });
        int dot = token.LastIndexOf('.');
        Assert.True(rsa.VerifyData(Encoding.ASCII.GetBytes(token[..dot]), Base64Url.DecodeFromChars(token.AsSpan(dot + 1)), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.Equal(403, (await _api.CallAsync("GET", "/openid/v1/jwks", token: "")).Code);
    }

    [Fact]
    public async Task Token_PastItsTime_EndsAMinuteLater_AndTheKeyStaysOverARestart()
    {
        using TemporaryDirectory folder = new();
        FakeTime time = new(TimeProvider.System.GetUtcNow());
        string token;
        await using (LocalClusterHost cluster = await StartAsync(folder.Path, time))
        {
            await cluster.Client.WaitForAsync(CoreTypes.ServiceAccounts, "default", "default", now => now is not null);
            token = cluster.Tokens.Issue(new ServiceAccountTokenRequest("default", "default")).Token;
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Path, "pki", "sa.key")));
        }

        await using LocalClusterHost again = await StartAsync(folder.Path, time);
        using ApiCaller api = new(again);
        time.Advance(TimeSpan.FromMinutes(60.5));
        Assert.Equal(200, (await api.CallAsync("GET", "/api", token: token)).Code);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(401, (await api.CallAsync("GET", "/api", token: token)).Code);
    }

    [Fact]
    public async Task Kubectl_CreatesTokensAndActsWithThem()
    {
        string ns = await fixture.NamespaceAsync();
        await fixture.Kubectl.RunAsync("create", "serviceaccount", "bot", "-n", ns);
        string token = (await fixture.Kubectl.RunAsync("create", "token", "bot", "-n", ns, "--duration=2h", $"--audience={ServiceAccountTokens.Issuer}")).Success.Trim();
        string whoami = (await fixture.Kubectl.RunAsync("auth", "whoami", "-o", "json", $"--token={token}")).Success;
        Assert.Equal($"system:serviceaccount:{ns}:bot", JsonNode.Parse(whoami)!["status"]!["userInfo"]!["username"]!.GetValue<string>());
    }

    private static async Task<LocalClusterHost> StartAsync(string folder, TimeProvider time)
    {
        LocalClusterHost host = new(
            new LocalClusterOptions { DataDirectory = folder, Port = 0 }, [], () => throw new NotSupportedException(), null, time, NullLoggerFactory.Instance);
        await host.StartAsync(default);
        return host;
    }

    private IssuedToken Issued(string ns, string account, BoundObject bound) =>
        fixture.Cluster.Tokens.Issue(new ServiceAccountTokenRequest(ns, account) { BoundTo = bound });

    private Task<JsonObject> PodAsync(string ns, string name, string account) => fixture.Client.CreateAsync(
        CoreTypes.Pods,
        JsonNode.Parse($$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}","namespace":"{{{ns}}}"},"spec":{"serviceAccountName":"{{{account}}}","containers":[{"name":"c","image":"x"}]}}""")!.AsObject(),
        default);

    private async Task<JsonNode> ReviewAsync(string token) => (await _api.CallAsync("POST", Reviews, $$$"""{"spec":{"token":"{{{token}}}"}}""")).Json["status"]!;
}
