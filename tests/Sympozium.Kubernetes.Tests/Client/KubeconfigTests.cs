using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Kubernetes.Tests.Client;

public sealed class KubeconfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sympozium-kubeconfig-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Connect_VerifiesTheServerWithTheGivenAuthority_AndSendsTheToken()
    {
        using X509Certificate2 authority = TestCertificates.Authority();
        using X509Certificate2 certificate = TestCertificates.Server(authority);
        string? authorization = null;
        await using ScriptedServer server = await ScriptedServer.StartAsync(c =>
        {
            authorization = c.Request.Headers.Authorization;
            return c.Response.WriteAsync("{}");
        }, certificate);
        await File.WriteAllTextAsync(Path.Combine(_folder, "token"), "secret\n");
        string data = Convert.ToBase64String(Encoding.UTF8.GetBytes(authority.ExportCertificatePem()));
        string file = Write($"certificate-authority-data: {data}", "tokenFile: token", server.Address);
        using KubernetesClient client = new(Kubeconfig.Load(file).Connect(null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);
        Assert.NotNull(await client.GetAsync(CoreTypes.Pods, "a", "b", CancellationToken.None));
        Assert.Equal("Bearer secret", authorization);
        Assert.Equal("team", client.Connection.Namespace);
    }

    [Fact]
    public async Task Connect_WrongAuthority_IsUnreachable_AndSkipVerifyIsNot()
    {
        using X509Certificate2 authority = TestCertificates.Authority();
        using X509Certificate2 other = TestCertificates.Authority();
        using X509Certificate2 certificate = TestCertificates.Server(authority);
        await using ScriptedServer server = await ScriptedServer.StartAsync(c => c.Response.WriteAsync("{}"), certificate);
        await File.WriteAllTextAsync(Path.Combine(_folder, "ca.pem"), other.ExportCertificatePem());
        string file = Write("certificate-authority: ca.pem", "token: t", server.Address);
        using KubernetesClient strict = new(Kubeconfig.Load(file).Connect("c", TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);
        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(() => strict.GetAsync(CoreTypes.Pods, "a", "b", CancellationToken.None));
        Assert.Equal(StatusReasons.Unreachable, error.Reason);
        Assert.Contains("TLS", error.Message, StringComparison.Ordinal);

        string lax = Write("insecure-skip-tls-verify: true", "token: t", server.Address);
        using KubernetesClient client = new(Kubeconfig.Load(lax).Connect("c", TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);
        Assert.NotNull(await client.GetAsync(CoreTypes.Pods, "a", "b", CancellationToken.None));
    }

    [Theory]
    [InlineData("exec: {command: aws}", "apiVersion ''; known are client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1")]
    [InlineData("exec: {command: aws, apiVersion: client.authentication.k8s.io/v1alpha1}", "known are")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}", "has no command")]
    [InlineData("exec: {command: aws, apiVersion: client.authentication.k8s.io/v1}", "needs one of Never, IfAvailable, Always")]
    [InlineData("{exec: {command: aws, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}, token: t}", "both a token and an exec plugin")]
    [InlineData("{username: admin, password: secret}", "no basic authentication since 1.19, use a token")]
    [InlineData("auth-provider: {name: gcp}", "auth-provider 'gcp'; Kubernetes has removed it in 1.26")]
    [InlineData("{token: t, as-groups: [admins]}", "without 'as'; name the user")]
    [InlineData("client-certificate-data: eA==", "needs both client-certificate and client-key")]
    [InlineData("client-certificate: nope.pem", "cannot be read")]
    [InlineData("client-key-data: '!!'", "client-key-data is not base64")]
    public void Connect_UnusableUser_SaysWhatIsWrong(string user, string expected)
    {
        string file = Write("insecure-skip-tls-verify: true", user, new Uri("https://127.0.0.1:1"));
        Assert.Contains(expected, Assert.Throws<KubeconfigException>(() => Kubeconfig.Load(file).Connect(null, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("proxy-url: ftp://proxy:1", "proxy-url 'ftp://proxy:1'; expected http://")]
    [InlineData("certificate-authority-data: eA==", "is not a PEM certificate")]
    [InlineData("certificate-authority: nope.pem", "cannot be read")]
    [InlineData("{insecure-skip-tls-verify: true, certificate-authority-data: eA==}", "remove one of them")]
    public void Connect_UnusableCluster_SaysWhatIsWrong(string cluster, string expected)
    {
        string file = Write(cluster, "token: t", new Uri("https://127.0.0.1:1"));
        Assert.Contains(expected, Assert.Throws<KubeconfigException>(() => Kubeconfig.Load(file).Connect(null, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Connect_BasicAuthentication_IsRefusedWithoutShowingThePassword()
    {
        string file = Write("insecure-skip-tls-verify: true", "{username: admin, password: hunter2}", new Uri("https://127.0.0.1:1"));
        Assert.DoesNotContain("hunter2", Assert.Throws<KubeconfigException>(() => Kubeconfig.Load(file).Connect(null, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Connect_UnknownContext_NamesThoseThatExist()
    {
        string file = Write("insecure-skip-tls-verify: true", "token: t", new Uri("https://127.0.0.1:1"));
        string message = Assert.Throws<KubeconfigException>(() => Kubeconfig.Load(file).Connect("nope", TimeProvider.System)).Message;
        Assert.Contains("no context 'nope'; there are 'c'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TwoFiles_FirstWins_EachResolvesItsOwnPaths()
    {
        string first = Path.Combine(_folder, "first");
        File.WriteAllText(first, "contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n");
        string second = Write("insecure-skip-tls-verify: true", "token: t", new Uri("https://127.0.0.1:7"));
        Kubeconfig both = Kubeconfig.Load(first, second);
        Assert.Equal("x", both.CurrentContext);
        Assert.Equal(7, both.Connect(null, TimeProvider.System).Server.Port);
    }

    [Theory]
    [InlineData("just text", "is not a kubeconfig")]
    [InlineData("a: [", "cannot be read")]
    public void Load_Rubbish_SaysSo(string content, string expected)
    {
        string file = Path.Combine(_folder, "bad");
        File.WriteAllText(file, content);
        Assert.Contains(expected, Assert.Throws<KubeconfigException>(() => Kubeconfig.Load(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InCluster_UsesTheServiceAccount()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "token"), "abc\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, "namespace"), "ns1");
        ClusterConnection? connection = InClusterConnection.TryCreate("10.0.0.1", "443", _folder, TimeProvider.System);
        Assert.Equal("https://10.0.0.1/", connection!.Server.ToString());
        Assert.Equal("ns1", connection.Namespace);
        Assert.Equal("abc", (await connection.Credentials.GetAsync(CancellationToken.None)).Token);
        Assert.Null(InClusterConnection.TryCreate(null, null, _folder, TimeProvider.System));
    }

    private string Write(string clusterLine, string userLine, Uri server)
    {
        string file = Path.Combine(_folder, Path.GetRandomFileName());
        File.WriteAllText(file, $"""
            apiVersion: v1
            kind: Config
            current-context: c
            clusters:
            - name: c
              cluster: {Flow($"server: \"{server}\"", clusterLine)}
            users:
            - name: u
              user: {Flow("", userLine)}
            contexts:
            - name: c
              context: {"{"}cluster: c, user: u, namespace: team{"}"}
            """);
        return file;
    }

    private static string Flow(string first, string rest) =>
        $"{"{"}{string.Join(", ", new[] { first, rest.StartsWith('{') ? rest[1..^1] : rest }.Where(part => part.Length > 0))}{"}"}";
}
