using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Messaging.Nats;
using Sympozium.Messaging.Nats.Credentials;
using Sympozium.Testing;

namespace Sympozium.Messaging.Tests.Nats;

/// <summary>What the credentials of a run's pod open on a real server, and what they do not.</summary>
public sealed class RunCredentialsTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Uid = "5d0e-1";

    private static readonly ResourceKey Run = new("team-a", "report.1");

    private readonly NatsAccount _account = new();
    private readonly TemporaryDirectory _files = new();
    private NatsServer _server = null!;
    private NatsEventBus _bus = null!;
    private NatsConnection _pod = null!;

    public async Task InitializeAsync()
    {
        _server = await NatsServer.StartAsync(_account.Configuration);
        await File.WriteAllTextAsync(_files["control.creds"], _account.Credentials());
        _bus = new NatsEventBus(
            new NatsBusOptions { Url = _server.Url, CredentialsFile = _files["control.creds"], PublishTimeout = TestTimeouts.WithProcesses }, TimeProvider.System, NullLogger<NatsEventBus>.Instance);
        await _bus.WarmUpAsync(default);
        using var issuer = new RunCredentialsIssuer(_account.Seed, null, TimeProvider.System);
        _pod = Connect(issuer.Issue(Run, Uid, TimeSpan.FromHours(1)));
    }

    public async Task DisposeAsync()
    {
        await _pod.DisposeAsync();
        await _bus.DisposeAsync();
        await _server.DisposeAsync();
        _account.Dispose();
        _files.Dispose();
    }

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    [Fact]
    public async Task Publish_OwnRun_ReachesTheControlPlane()
    {
        await using IBusSubscription subscription = await _bus.SubscribeAsync(new BusFilter(new HashSet<string>(), Run), default);

        await PublishAsync("sympozium.agent.run.completed.team-a.report_1.5d0e-1", Envelope("report.1"));

        using var deadline = new CancellationTokenSource(TestTimeouts.InProcess);
        await foreach (BusEvent busEvent in subscription.ReadAllAsync(deadline.Token))
        {
            Assert.Equal(Run, busEvent.Metadata.RunKey);
            break;
        }
    }

    [Theory]
    [InlineData("sympozium.agent.run.completed.team-a.report_1")]
    [InlineData("sympozium.agent.run.completed.team-a.report_1.77aa-2")]
    [InlineData("sympozium.agent.run.completed.team-a.other.5d0e-1")]
    [InlineData("sympozium.agent.run.completed.team-b.report_1")]
    [InlineData("sympozium.agent.run.phase.team-a.report_1")]
    [InlineData("sympozium.agent.followup.team-a.report_1")]
    [InlineData("sympozium-parked.anything")]
    [InlineData("$JS.API.STREAM.DELETE.sympozium")]
    [InlineData("$JS.API.CONSUMER.CREATE.sympozium")]
    public async Task Publish_AnythingElse_IsDenied(string subject)
    {
        var denied = new TaskCompletionSource<string>();
        _pod.ServerError += (_, args) =>
        {
            denied.TrySetResult(args.Error);
            return ValueTask.CompletedTask;
        };

        await _pod.PublishAsync(subject, Envelope("report.1"), serializer: NatsRawSerializer<byte[]>.Default);

        Assert.Contains("Permissions Violation for Publish", await denied.Task.WaitAsync(TestTimeouts.InProcess), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("sympozium.>")]
    [InlineData("sympozium.agent.followup.team-a.other")]
    [InlineData("_INBOX.>")]
    [InlineData(">")]
    public async Task Subscribe_AnythingElse_IsDenied(string subject)
    {
        var denied = new TaskCompletionSource<string>();
        _pod.ServerError += (_, args) =>
        {
            denied.TrySetResult(args.Error);
            return ValueTask.CompletedTask;
        };

        await using INatsSub<byte[]> subscription = await _pod.SubscribeCoreAsync(subject, serializer: NatsRawSerializer<byte[]>.Default);

        Assert.Contains("Permissions Violation for Subscription", await denied.Task.WaitAsync(TestTimeouts.InProcess), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task FindResult_OfTheRunWithThisUid_FindsWhatThePodPublished()
    {
        Assert.Null(await _bus.FindResultAsync(Run, Uid, default));
        await PublishAsync("sympozium.agent.run.completed.team-a.report_1.5d0e-1", Envelope("report.1"));

        Assert.Equal(Run, (await _bus.FindResultAsync(Run, Uid, default))?.Metadata.RunKey);
        Assert.Null(await _bus.FindResultAsync(Run, "77aa-2", default));
    }

    [Fact]
    public async Task Subscribe_FollowUpsOfTheOwnRun_Arrive()
    {
        await using INatsSub<byte[]> subscription = await _pod.SubscribeCoreAsync(
            "sympozium.agent.followup.team-a.report_1", serializer: NatsRawSerializer<byte[]>.Default);
        await _pod.PingAsync();

        await _bus.PublishAsync(
            new BusEvent
            {
                Topic = Topics.FollowUp,
                Timestamp = DateTimeOffset.UnixEpoch,
                Metadata = new BusEventMetadata { AgentRunId = Run.Name, Namespace = Run.Namespace },
            },
            default);

        using var deadline = new CancellationTokenSource(TestTimeouts.InProcess);
        Assert.NotNull((await subscription.Msgs.ReadAsync(deadline.Token)).Data);
    }

    [Fact]
    public async Task Credentials_AfterTheirTime_AreRefused()
    {
        using var issuer = new RunCredentialsIssuer(_account.Seed, null, TimeProvider.System);
        await using NatsConnection late = Connect(issuer.Issue(Run, Uid, TimeSpan.FromSeconds(-5)));

        await Assert.ThrowsAsync<NatsException>(async () => await late.ConnectAsync());
    }

    [Theory]
    [InlineData("SUAOFTHEWRONGKIND")]
    [InlineData("")]
    [InlineData("hunter2")]
    public void Issuer_NotAnAccountsSeed_SaysSoWithoutTheSeed(string seed)
    {
        SympoziumInvalidException wrong = Assert.Throws<SympoziumInvalidException>(() => new RunCredentialsIssuer(seed, null, TimeProvider.System));

        Assert.Contains("begins with 'SA'", wrong.Message, StringComparison.Ordinal);
        Assert.True(seed.Length == 0 || !wrong.ToString().Contains(seed, StringComparison.Ordinal));
    }

    private static byte[] Envelope(string run) => System.Text.Encoding.UTF8.GetBytes(
        $$$"""{"topic":"agent.run.completed","timestamp":"2026-01-01T00:00:00Z","metadata":{"agentRunID":"{{{run}}}","agentRunUID":"{{{Uid}}}","namespace":"team-a"}}""");

    private async Task PublishAsync(string subject, byte[] payload)
    {
        var context = new NatsJSContext(_pod);
        (await context.PublishAsync(subject, payload, NatsRawSerializer<byte[]>.Default)).EnsureSuccess();
    }

    private NatsConnection Connect(string credentials)
    {
        string file = _files[$"{Guid.NewGuid():N}.creds"];
        File.WriteAllText(file, credentials);
        return new NatsConnection(PatientNats.Client(_server.Url) with
        {
            InboxPrefix = BusSubjects.InboxPrefix(Run),
            AuthOpts = NatsAuthOpts.Default with { CredsFile = file },
        });
    }
}
