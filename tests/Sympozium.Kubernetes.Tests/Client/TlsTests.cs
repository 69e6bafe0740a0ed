using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Kubernetes.Client.Credentials;
using Sympozium.Kubernetes.Client.Tls;
using Sympozium.Testing;

namespace Sympozium.Kubernetes.Tests.Client;

/// <summary>Who the server is, and who the client is, by certificates.</summary>
public sealed class TlsTests
{
    private static readonly KubernetesClientOptions Options = new();

    [Fact]
    public async Task Certificate_Expired_SaysSo()
    {
        using X509Certificate2 authority = TestCertificates.Authority();
        using X509Certificate2 certificate = TestCertificates.Server(authority, daysLeft: -1);
        await using ScriptedServer server = await ScriptedServer.StartAsync(OkAsync, certificate);
        using KubernetesClient client = server.Connect(authority);

        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client));

        Assert.Equal(StatusReasons.Unreachable, error.Reason);
        Assert.Contains("TLS: the server's certificate is valid from", error.Message, StringComparison.Ordinal);
        Assert.Contains("renew it, or correct the clock", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_OfAnotherHost_IsRefusedWithItsNames_UnlessThatNameIsExpected()
    {
        using X509Certificate2 authority = TestCertificates.Authority();
        using X509Certificate2 certificate = TestCertificates.Server(authority, "api.example.com");
        await using ScriptedServer server = await ScriptedServer.StartAsync(OkAsync, certificate);
        using KubernetesClient client = server.Connect(authority);

        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client));
        Assert.Contains("certificate is for 'api.example.com', not for '127.0.0.1'; correct the address, or name the right one as tls-server-name", error.Message, StringComparison.Ordinal);

        using KubernetesClient named = new(client.Connection with { TlsServerName = "api.example.com" }, Options, TimeProvider.System);
        Assert.NotNull(await GetAsync(named));
    }

    [Fact]
    public async Task Certificate_OfAnotherAuthority_SaysWhoIssuedIt()
    {
        using X509Certificate2 authority = TestCertificates.Authority();
        using X509Certificate2 other = TestCertificates.Authority();
        using X509Certificate2 certificate = TestCertificates.Server(authority);
        await using ScriptedServer server = await ScriptedServer.StartAsync(OkAsync, certificate);
        using KubernetesClient client = server.Connect(other);

        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client));

        Assert.Contains($"issued by '{authority.Subject}', is not signed by the given certificate authority", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_OfNoAuthorityOfTheSystem_IsRefused()
    {
        using X509Certificate2 authority = TestCertificates.Authority();
        using X509Certificate2 certificate = TestCertificates.Server(authority);
        await using ScriptedServer server = await ScriptedServer.StartAsync(OkAsync, certificate);
        using KubernetesClient client = server.Connect();
        Assert.Contains("not signed by the authorities of this system", (await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Authority_ReplacedInItsFile_IsTakenUp()
    {
        using var folder = new TemporaryDirectory();
        using X509Certificate2 old = TestCertificates.Authority();
        using X509Certificate2 now = TestCertificates.Authority();
        using X509Certificate2 certificate = TestCertificates.Server(now);
        await using ScriptedServer server = await ScriptedServer.StartAsync(OkAsync, certificate);
        var time = new FakeTime();
        string file = folder["ca.pem"];
        await File.WriteAllTextAsync(file, old.ExportCertificatePem());
        var connection = new ClusterConnection { Server = server.Address, Trust = new FileTrust(file, time) };
        using KubernetesClient client = new(connection, Options, TimeProvider.System);
        await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client));

        await File.WriteAllTextAsync(file, "half a cert");
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Contains("is not signed by", (await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client))).Message, StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, now.ExportCertificatePem());
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.NotNull(await GetAsync(client));
    }

    [Fact]
    public async Task ClientCertificate_InFiles_IsShown_AndItsSuccessorAfterIt()
    {
        using var folder = new TemporaryDirectory();
        using X509Certificate2 authority = TestCertificates.Authority();
        using X509Certificate2 certificate = TestCertificates.Server(authority);
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            async context => await context.Response.WriteAsync($"{{\"kind\":\"{(await context.Connection.GetClientCertificateAsync())?.Subject}\"}}"),
            certificate,
            HttpProtocols.Http1AndHttp2,
            wantClientCertificate: true);
        var time = new FakeTime();
        Write(folder, authority, "alice");
        using KubernetesClient client = new(
            new ClusterConnection
            {
                Server = server.Address,
                Trust = new FixedTrust([authority]),
                Credentials = new CertificateFilesCredential(folder["crt"], folder["key"], time),
            },
            Options,
            TimeProvider.System);
        Assert.Equal("CN=alice", (string?)(await GetAsync(client))!["kind"]);

        Write(folder, authority, "bob");
        Assert.Equal("CN=alice", (string?)(await GetAsync(client))!["kind"]);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("CN=bob", (string?)(await GetAsync(client))!["kind"]);
    }

    private static void Write(TemporaryDirectory folder, X509Certificate2 authority, string name)
    {
        using X509Certificate2 own = TestCertificates.Client(authority, name);
        File.WriteAllText(folder["crt"], own.ExportCertificatePem());
        File.WriteAllText(folder["key"], TestCertificates.KeyPem(own));
    }

    private static Task OkAsync(HttpContext context) => context.Response.WriteAsync("{}");

    private static Task<System.Text.Json.Nodes.JsonObject?> GetAsync(KubernetesClient client) => client.GetAsync(CoreTypes.Pods, "a", "b", CancellationToken.None);
}
