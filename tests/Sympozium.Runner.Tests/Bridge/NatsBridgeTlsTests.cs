using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Ipc;
using Sympozium.Messaging.Nats;
using Sympozium.Messaging.Nats.Credentials;
using Sympozium.Runner.Tests.Pods;
using Sympozium.Testing;

namespace Sympozium.Runner.Tests.Bridge;

/// <summary>A real bridge process and a real NATS server that demands TLS with a certificate of an authority that no system knows.</summary>
public sealed class NatsBridgeTlsTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Uid = "5d0e-1";

    private static readonly ResourceKey Run = new("default", TestPod.RunName);

    private readonly TestPod _pod = new();
    private readonly NatsAccount _account = new();
    private readonly TestAuthority _authority = new();
    private NatsServer _server = null!;
    private NatsEventBus _bus = null!;
    private IBusSubscription _subscription = null!;

    private string AuthorityFile => Path.Combine(_pod.Root, PodEnvironment.BusAuthorityFile);

    public async Task InitializeAsync()
    {
        (string certificate, string key) = _authority.Issue("server");
        string ca = Write("ca.pem", _authority.Pem);
        _server = await NatsServer.StartAsync($"{_account.Configuration}\ntls {{ cert_file: \"{Write("server.pem", certificate)}\", key_file: \"{Write("server.key", key)}\" }}\n");
        var options = new NatsBusOptions { Url = _server.Url, CredentialsFile = Write("control.creds", _account.Credentials()), CaFile = ca, PublishTimeout = TestTimes.Limit };
        _bus = new NatsEventBus(options, TimeProvider.System, NullLogger<NatsEventBus>.Instance);

        // The control plane makes the streams when it subscribes.
        _subscription = await _bus.SubscribeAsync(new BusFilter(new HashSet<string>(), Run), default);

        using var issuer = new RunCredentialsIssuer(_account.Seed, null, TimeProvider.System);
        _pod.Environment[PodEnvironment.OpenAiApiKey] = new RunToken(Run, Uid, "demo", DateTimeOffset.MaxValue.AddYears(-1)).Sign(new byte[RunToken.KeySize]);
        _pod.Environment[PodEnvironment.EventBusUrl] = _server.Url;
        _pod.Environment[PodEnvironment.EventBusCredentials] = Write(PodEnvironment.BusCredentialsFile, issuer.Issue(Run, Uid, TimeSpan.FromHours(1)));
        _pod.Environment.Remove(PodEnvironment.GatewaySocket);
    }

    public async Task DisposeAsync()
    {
        await _subscription.DisposeAsync();
        await _bus.DisposeAsync();
        await _server.DisposeAsync();
        _authority.Dispose();
        _account.Dispose();
        _pod.Dispose();
    }

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    [Fact]
    public async Task Bridge_WithAnotherAuthority_SaysSo_AndPublishesWhenItHasTheRightOne()
    {
        using var other = new TestAuthority();
        _pod.Environment[PodEnvironment.EventBusAuthority] = Write(PodEnvironment.BusAuthorityFile, other.Pem);
        _pod.Write(IpcPaths.Output, "result.json", new JsonObject { ["status"] = "success", ["response"] = "Hello." });
        using RunnerProcess bridge = _pod.Start("ipc-bridge");

        await TestTimes.UntilAsync(() => bridge.Log.Contains($"trusted is what '{AuthorityFile}' holds", StringComparison.Ordinal), () => bridge.Log);
        Assert.Contains($"No TLS with 127.0.0.1:{_server.Port} (", bridge.Log, StringComparison.Ordinal);
        Assert.Null(await _bus.FindResultAsync(Run, Uid, default));

        // As a mounted Secret that is corrected: read at each connect.
        Write(PodEnvironment.BusAuthorityFile, _authority.Pem);
        Assert.Equal("Hello.", (string?)(await ResultAsync(bridge)).Data!["response"]);
    }

    [Fact]
    public async Task Bridge_WithoutTheAuthority_TrustsTheSystemsOnly()
    {
        _pod.Write(IpcPaths.Output, "result.json", new JsonObject { ["status"] = "success", ["response"] = "Hello." });
        using RunnerProcess bridge = _pod.Start("ipc-bridge");

        await TestTimes.UntilAsync(() => bridge.Log.Contains("No TLS with 127.0.0.1", StringComparison.Ordinal), () => bridge.Log);

        Assert.DoesNotContain("trusted is what", bridge.Log, StringComparison.Ordinal);
        Assert.Null(await _bus.FindResultAsync(Run, Uid, default));
    }

    [Fact]
    public async Task Authorities_ThatCannotBeRead_AreNamed()
    {
        _pod.Environment[PodEnvironment.EventBusAuthority] = Write(PodEnvironment.BusAuthorityFile, "no certificate\n");
        _pod.Write(IpcPaths.Output, "result.json", new JsonObject { ["status"] = "success", ["response"] = "Hello." });
        using RunnerProcess bridge = _pod.Start("ipc-bridge");

        await TestTimes.UntilAsync(() => bridge.Log.Contains($"The file '{AuthorityFile}' has no certificate.", StringComparison.Ordinal), () => bridge.Log);
        File.Delete(AuthorityFile);
        await TestTimes.UntilAsync(() => bridge.Log.Contains($"The authorities '{AuthorityFile}' cannot be read", StringComparison.Ordinal), () => bridge.Log);
    }

    private async Task<BusEvent> ResultAsync(RunnerProcess bridge)
    {
        using var deadline = new CancellationTokenSource(TestTimes.Limit);
        while (true)
        {
            Assert.False(deadline.IsCancellationRequested, bridge.Log);
            if (await _bus.FindResultAsync(Run, Uid, default) is { } found)
            {
                return found;
            }
        }
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_pod.Root, name);
        File.WriteAllText(path, text);
        return path;
    }
}
