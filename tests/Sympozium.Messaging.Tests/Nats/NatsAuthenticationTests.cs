using Microsoft.Extensions.Logging.Abstractions;
using NATS.NKeys;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Messaging.Nats;
using Sympozium.Testing;

namespace Sympozium.Messaging.Tests.Nats;

/// <summary>Every way to authenticate, right and wrong, against a real server.</summary>
public sealed class NatsAuthenticationTests : IDisposable
{
    private readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Password_RightWrongAndRotated()
    {
        await using NatsServer server = await NatsServer.StartAsync("authorization { user: sympozium, password: right }");
        string file = Write("password", "wrong\n");
        await using NatsEventBus bus = Open(new NatsBusOptions { Url = server.Url, User = "sympozium", PasswordFile = file });

        SympoziumUnavailableException refused = await Assert.ThrowsAsync<SympoziumUnavailableException>(async () => await PublishAsync(bus));
        Assert.Contains("there is no connection", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", refused.ToString(), StringComparison.Ordinal);

        Write("password", "right\n");
        await PublishUntilTakenAsync(bus);
    }

    [Fact]
    public async Task Token_FromAFile_IsTaken()
    {
        await using NatsServer server = await NatsServer.StartAsync("authorization { token: t0ken }");
        await using NatsEventBus bus = Open(new NatsBusOptions { Url = server.Url, TokenFile = Write("token", "t0ken") });

        await PublishUntilTakenAsync(bus);
    }

    [Fact]
    public async Task Nkey_FromAFile_IsTaken()
    {
        using var user = KeyPair.CreatePair(PrefixByte.User);
        await using NatsServer server = await NatsServer.StartAsync($"authorization {{ users: [ {{ nkey: {user.GetPublicKey()} }} ] }}");
        await using NatsEventBus bus = Open(new NatsBusOptions { Url = server.Url, NkeyFile = Write("nkey", user.GetSeed() + "\n") });

        await PublishUntilTakenAsync(bus);
    }

    [Fact]
    public async Task CredentialsFile_IsTaken()
    {
        using var account = new NatsAccount();
        await using NatsServer server = await NatsServer.StartAsync(account.Configuration);
        await using NatsEventBus bus = Open(new NatsBusOptions { Url = server.Url, CredentialsFile = Write("creds", account.Credentials()) });

        await PublishUntilTakenAsync(bus);
    }

    [Fact]
    public async Task Tls_AuthorityAndClientCertificate_AreChecked()
    {
        using var authority = new TestAuthority();
        foreach (string name in (string[])["server", "client"])
        {
            (string certificate, string key) = authority.Issue(name);
            Write($"{name}.pem", certificate);
            Write($"{name}.key", key);
        }

        string ca = Write("ca.pem", authority.Pem);
        await using NatsServer server = await NatsServer.StartAsync(
            $"tls {{ cert_file: \"{_files["server.pem"]}\", key_file: \"{_files["server.key"]}\", ca_file: \"{ca}\", verify: true }}");

        await using NatsEventBus trusted = Open(new NatsBusOptions
        {
            Url = server.Url,
            CaFile = ca,
            CertificateFile = _files["client.pem"],
            KeyFile = _files["client.key"],
        });
        await PublishUntilTakenAsync(trusted);

        await using NatsEventBus withoutAuthority = Open(new NatsBusOptions { Url = server.Url.Replace("nats:", "tls:", StringComparison.Ordinal) });
        await Assert.ThrowsAsync<SympoziumUnavailableException>(async () => await PublishAsync(withoutAuthority));
        await using NatsEventBus withoutCertificate = Open(new NatsBusOptions { Url = server.Url, CaFile = ca });
        await Assert.ThrowsAsync<SympoziumUnavailableException>(async () => await PublishAsync(withoutCertificate));
    }

    [Fact]
    public async Task Tls_CertificateThatExpires_IsNamed_AndItsSuccessorTaken()
    {
        using var authority = new TestAuthority();
        await using NatsServer server = await NatsServer.StartAsync(
            $"tls {{ cert_file: \"{Issue(authority, expired: false)}\", key_file: \"{_files["server.key"]}\" }}");
        await using NatsEventBus bus = Open(new NatsBusOptions { Url = server.Url, CaFile = Write("ca.pem", authority.Pem) });
        await PublishUntilTakenAsync(bus);

        Issue(authority, expired: true);
        await server.StopAsync();
        await server.StartAgainAsync();
        const string Why = "The remote certificate is invalid because of errors in the certificate chain: NotTimeValid";
        await UntilRefusedAsync(bus, $"there is no connection: {Why}");
        Assert.Equal($"NATS at {server.Url} cannot be reached: {Why}", bus.Problem);

        Issue(authority, expired: false);
        await server.StopAsync();
        await server.StartAgainAsync();
        await PublishUntilTakenAsync(bus);
    }

    private string Issue(TestAuthority authority, bool expired)
    {
        (string certificate, string key) = authority.Issue("server", expired);
        Write("server.key", key);
        return Write("server.pem", certificate);
    }

    private static NatsEventBus Open(NatsBusOptions options)
    {
        options.PublishTimeout = TimeSpan.FromSeconds(2);
        options.RetryMax = TimeSpan.FromMilliseconds(200);
        return new NatsEventBus(options, TimeProvider.System, NullLogger<NatsEventBus>.Instance);
    }

    private static ValueTask PublishAsync(NatsEventBus bus) => bus.PublishAsync(
        new BusEvent
        {
            Topic = Topics.RunPhase,
            Timestamp = DateTimeOffset.UnixEpoch,
            Metadata = new BusEventMetadata { AgentRunId = "a", Namespace = "default" },
        },
        default);

    /// <summary>Publishes until it is refused for this reason: at first the connection may be refused by a server that is not there yet.</summary>
    private static async Task UntilRefusedAsync(NatsEventBus bus, string why)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        string said;
        do
        {
            said = (await Assert.ThrowsAsync<SympoziumUnavailableException>(async () => await PublishAsync(bus))).Message;
        }
        while (!said.Contains(why, StringComparison.Ordinal) && !deadline.IsCancellationRequested);

        Assert.Contains(why, said, StringComparison.Ordinal);
    }

    private static async Task PublishUntilTakenAsync(NatsEventBus bus)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (true)
        {
            try
            {
                await PublishAsync(bus);
                return;
            }
            catch (SympoziumUnavailableException) when (!deadline.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_files[name], text);
        return _files[name];
    }
}
