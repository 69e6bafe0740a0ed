using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Kubernetes.Client.Credentials;
using Sympozium.Testing;

namespace Sympozium.Kubernetes.Tests.Client;

/// <summary>Tokens that change, plugins that print them, acting as somebody else.</summary>
public sealed class CredentialTests : IDisposable
{
    private const string Version = "client.authentication.k8s.io/v1";

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TokenFile_Replaced_IsReadAgainAfterAMinute_AndKeptWhenItIsGone()
    {
        var time = new FakeTime();
        await File.WriteAllTextAsync(_folder["token"], "one\n");
        var token = new TokenFileCredential(_folder["token"], null, time);
        Assert.Equal("one", await TokenAsync(token));
        await File.WriteAllTextAsync(_folder["token"], "two\n");
        Assert.Equal("one", await TokenAsync(token));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("two", await TokenAsync(token));
        File.Delete(_folder["token"]);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("two", await TokenAsync(token));
    }

    [Fact]
    public async Task TokenFile_RefusedByTheServer_IsReadAgainAtOnce_AndTheRequestIsSentAgain()
    {
        await File.WriteAllTextAsync(_folder["token"], "old");
        await using ScriptedServer server = await ScriptedServer.StartAsync(AcceptOnlyAsync("new"));
        using KubernetesClient client = Connect(server, new TokenFileCredential(_folder["token"], null, TimeProvider.System));
        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Code);

        await File.WriteAllTextAsync(_folder["token"], "new");
        Assert.NotNull(await GetAsync(client));
    }

    [Fact]
    public async Task TokenFile_Missing_SaysWhich()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(AcceptOnlyAsync("x"));
        using KubernetesClient client = Connect(server, new TokenFileCredential(_folder["nope"], null, TimeProvider.System));
        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client));
        Assert.Equal(StatusReasons.Unauthorized, error.Reason);
        Assert.Contains($"the token file '{_folder["nope"]}' cannot be used", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugin_IsCalledOnceUntilItsTokenExpires_HoweverManyAsk()
    {
        var time = new FakeTime();
        int calls = 0;
        using var plugin = new ExecCredential(
            async _ =>
            {
                await Task.Yield();
                return new ExecAnswer(new ClusterCredential($"token-{Interlocked.Increment(ref calls)}"), time.GetUtcNow().AddMinutes(10));
            },
            time);

        string?[] tokens = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TokenAsync(plugin)));
        Assert.All(tokens, token => Assert.Equal("token-1", token));
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal("token-1", await TokenAsync(plugin));
        time.Advance(TimeSpan.FromSeconds(55));
        Assert.Equal("token-2", await TokenAsync(plugin));
    }

    [Fact]
    public async Task Plugin_ThatFails_IsNotCalledForEachRequest()
    {
        var time = new FakeTime();
        int calls = 0;
        using var plugin = new ExecCredential(_ => throw new CredentialException($"failure {++calls}"), time);
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal("failure 1", (await Assert.ThrowsAsync<CredentialException>(() => TokenAsync(plugin))).Message);
        }

        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("failure 2", (await Assert.ThrowsAsync<CredentialException>(() => TokenAsync(plugin))).Message);
    }

    [Fact]
    public async Task Plugin_WhoseTokenTheServerRefuses_IsAskedForAnother()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(AcceptOnlyAsync("second"));
        int calls = 0;
        using var plugin = new ExecCredential(_ => Task.FromResult(new ExecAnswer(new ClusterCredential(++calls == 1 ? "first" : "second"), null)), TimeProvider.System);
        using KubernetesClient client = Connect(server, plugin);
        Assert.NotNull(await GetAsync(client));
        Assert.NotNull(await GetAsync(client));
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task Plugin_OfAKubeconfig_GetsItsArgumentsVariablesAndTheCluster()
    {
        string script = Script($$$"""
            printf '%s' "$KUBERNETES_EXEC_INFO" > "{{{_folder["info"]}}}"
            printf '{"apiVersion":"{{{Version}}}","kind":"ExecCredential","status":{"token":"%s-%s"}}' "$1" "$PLUGIN_WORD"
            """);
        string file = Kubeconfig($$"""
            exec:
                  apiVersion: {{Version}}
                  command: ./{{Path.GetFileName(script)}}
                  args: [argument]
                  env: [{name: PLUGIN_WORD, value: word}]
                  interactiveMode: Never
                  provideClusterInfo: true
            """);
        ClusterConnection connection = Sympozium.Kubernetes.Client.Kubeconfig.Load(file).Connect(null, TimeProvider.System);

        Assert.Equal("argument-word", await TokenAsync(connection.Credentials));

        JsonNode spec = JsonNode.Parse(await File.ReadAllTextAsync(_folder["info"]))!["spec"]!;
        Assert.False((bool)spec["interactive"]!);
        Assert.Equal("https://127.0.0.1:1/", (string?)spec["cluster"]!["server"]);
        Assert.Equal("blue", (string?)spec["cluster"]!["config"]!["tenant"]);
    }

    [Theory]
    [InlineData("echo 'sign in first' >&2; exit 3", "ended with exit code 3:\nsign in first")]
    [InlineData("echo not json", "9 characters that are not a JSON object")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\"}'", "expected an ExecCredential of 'client.authentication.k8s.io/v1'")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{}}'", "without a token and without a client certificate")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"clientKeyData\":\"k\"}}'", "only one of clientCertificateData and clientKeyData")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"token\":\"t\",\"expirationTimestamp\":\"soon\"}}'", "'soon', which is not a time")]
    public async Task Plugin_ThatMisbehaves_SaysHow(string body, string expected)
    {
        ExecPlugin plugin = new() { ApiVersion = Version, Command = Script(body), InteractiveMode = "Never", Owner = "user 'u'" };
        CredentialException error = await Assert.ThrowsAsync<CredentialException>(() => ExecPluginProcess.RunAsync(plugin, TimeProvider.System, CancellationToken.None));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("of user 'u'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugin_ThatIsMissing_GivesTheInstallHint()
    {
        ExecPlugin plugin = new() { ApiVersion = Version, Command = "no-such-plugin", InstallHint = "Install it from example.com.", InteractiveMode = "Never", Owner = "user 'u'" };
        CredentialException error = await Assert.ThrowsAsync<CredentialException>(() => ExecPluginProcess.RunAsync(plugin, TimeProvider.System, CancellationToken.None));
        Assert.Contains("cannot be started", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Install it from example.com.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugin_ThatHangs_IsEndedWithItsCaller()
    {
        ExecPlugin plugin = new() { ApiVersion = Version, Command = Script("exec sleep 600"), InteractiveMode = "Never", Owner = "user 'u'" };
        using var cancel = new CancellationTokenSource();
        Task<ExecAnswer> call = ExecPluginProcess.RunAsync(plugin, TimeProvider.System, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(TestTimeouts.WithProcesses));
    }

    [Fact]
    public async Task Plugin_ThatMustAskAPerson_IsRefusedWithoutATerminal()
    {
        ExecPlugin plugin = new() { ApiVersion = Version, Command = Script("exit 0"), InteractiveMode = "Always", Owner = "user 'u'" };
        if (!Console.IsInputRedirected && !Console.IsErrorRedirected)
        {
            return;
        }

        CredentialException error = await Assert.ThrowsAsync<CredentialException>(() => ExecPluginProcess.RunAsync(plugin, TimeProvider.System, CancellationToken.None));
        Assert.Contains("must ask on a terminal", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plugin_ThatPrintsACertificate_IsBelieved()
    {
        using X509Certificate2 authority = TestCertificates.Authority();
        using X509Certificate2 own = TestCertificates.Client(authority, "carol");
        var output = new JsonObject
        {
            ["kind"] = "ExecCredential",
            ["apiVersion"] = Version,
            ["status"] = new JsonObject
            {
                ["clientCertificateData"] = own.ExportCertificatePem() + "\n" + authority.ExportCertificatePem(),
                ["clientKeyData"] = TestCertificates.KeyPem(own),
                ["expirationTimestamp"] = "2030-01-01T00:00:00Z",
            },
        };
        ExecAnswer answer = ExecAnswer.Parse(output.ToJsonString(), new ExecPlugin { ApiVersion = Version, Command = "c", Owner = "o" });
        Assert.Equal("CN=carol", answer.Credential.Certificate!.Leaf.Subject);
        Assert.Equal(2030, answer.Expires!.Value.Year);
        Assert.Equal("client certificate", answer.Credential.ToString());
    }

    [Fact]
    public void Impersonation_OfSeveralGroups_IsRefusedRatherThanSentAsOne()
    {
        string file = Kubeconfig("{token: t, as: jane, as-groups: [dev, ops]}");
        KubeconfigException refused = Assert.Throws<KubeconfigException>(() => Sympozium.Kubernetes.Client.Kubeconfig.Load(file).Connect(null, TimeProvider.System));
        Assert.Contains("has several as-groups", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Impersonation_OfAKubeconfig_IsSentAsHeaders()
    {
        Dictionary<string, string>? headers = null;
        await using ScriptedServer server = await ScriptedServer.StartAsync(context =>
        {
            headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            return context.Response.WriteAsync("{}");
        });
        string file = Kubeconfig("{token: t, as: jane, as-uid: u-1, as-groups: [dev], as-user-extra: {example.com/Scope: [a]}}");
        ClusterConnection connection = Sympozium.Kubernetes.Client.Kubeconfig.Load(file).Connect(null, TimeProvider.System) with { Server = server.Address };
        using KubernetesClient client = new(connection, new KubernetesClientOptions(), TimeProvider.System);
        await GetAsync(client);
        Assert.Equal("jane", headers!["Impersonate-User"]);
        Assert.Equal("u-1", headers["Impersonate-Uid"]);
        Assert.Equal("dev", headers["Impersonate-Group"]);
        Assert.Equal("a", headers["Impersonate-Extra-example.com%2Fscope"]);
    }

    private string Script(string body)
    {
        string path = _folder[Path.GetRandomFileName()];
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private string Kubeconfig(string user)
    {
        string path = _folder["config"];
        File.WriteAllText(path, $$$"""
            current-context: c
            clusters:
            - name: c
              cluster:
                server: https://127.0.0.1:1/
                extensions: [{name: client.authentication.k8s.io/exec, extension: {tenant: blue}}]
            users:
            - name: u
              user:
                {{{user}}}
            contexts:
            - {name: c, context: {cluster: c, user: u}}
            """);
        return path;
    }

    private static RequestDelegate AcceptOnlyAsync(string token) => context =>
    {
        bool good = context.Request.Headers.Authorization == $"Bearer {token}";
        context.Response.StatusCode = good ? 200 : 401;
        return context.Response.WriteAsync(good ? "{}" : """{"kind":"Status","code":401,"reason":"Unauthorized","message":"Unauthorized"}""");
    };

    private static KubernetesClient Connect(ScriptedServer server, ICredentialSource credentials) =>
        new(new ClusterConnection { Server = server.Address, Credentials = credentials }, new KubernetesClientOptions(), TimeProvider.System);

    private static async Task<string?> TokenAsync(ICredentialSource source) => (await source.GetAsync(CancellationToken.None)).Token;

    private static Task<JsonObject?> GetAsync(KubernetesClient client) => client.GetAsync(CoreTypes.Pods, "a", "b", CancellationToken.None);
}
