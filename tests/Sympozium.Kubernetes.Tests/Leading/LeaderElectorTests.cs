using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Leading;
using Sympozium.Testing;

namespace Sympozium.Kubernetes.Tests.Leading;

public sealed class LeaderElectorTests
{
    private static readonly KubernetesException Away = new(HttpStatusCode.ServiceUnavailable, StatusReasons.Unreachable, "no answer");

    private readonly LeaseServer _server = new();

    [Fact]
    public async Task First_Leads_TheSecondWaits_AndLeadsAtOnceWhenTheFirstReleases()
    {
        var time = new FakeTime();
        Candidate first = Start("a", time);
        await first.LeadsAsync();
        Candidate second = Start("b", time);
        await WaitForPauseAsync(time);
        Assert.False(second.Elector.IsLeader);
        Assert.Equal("a", second.Elector.Leader);

        await first.StopAsync();
        Assert.Equal("", (string?)_server.Spec!["holderIdentity"]);
        await MoveUntilAsync(time, second.Leads.Task, TimeSpan.FromSeconds(5));
        Assert.Equal(1, (int)_server.Spec!["leaseTransitions"]!);
        await second.StopAsync();
    }

    [Fact]
    public async Task Leader_Killed_IsFollowedAfterTheLeaseDurationAndNotBefore()
    {
        var time = new FakeTime();
        var frozen = new FakeTime();
        Candidate first = Start("a", frozen);
        await first.LeadsAsync();
        Candidate second = Start("b", time);
        await WaitForPauseAsync(time);
        time.Advance(TimeSpan.FromSeconds(14));
        Assert.False(second.Elector.IsLeader);
        await MoveUntilAsync(time, second.Leads.Task, TimeSpan.FromSeconds(5));
        await second.StopAsync();
        await first.StopAsync();
    }

    [Theory]
    [InlineData(-365)]
    [InlineData(365)]
    public async Task Clocks_ThatDifferByAYear_ChangeNothing(int days)
    {
        var time = new FakeTime();
        var skewed = new FakeTime(time.GetUtcNow().AddDays(days));
        Candidate first = Start("a", skewed);
        await first.LeadsAsync();
        Candidate second = Start("b", time);

        // The leader renews in its time as the other one waits in its own.
        for (int elapsed = 0; elapsed < 60; elapsed += 2)
        {
            await WaitForPauseAsync(skewed);
            int writes = _server.Writes;
            skewed.Advance(TimeSpan.FromSeconds(2));
            await UntilAsync(() => _server.Writes > writes);
            await WaitForPauseAsync(time);
            time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.False(second.Elector.IsLeader);
        Assert.True(first.Elector.IsLeader);
        await second.StopAsync();
        await first.StopAsync();
    }

    [Fact]
    public async Task Leader_ThatCannotRenew_StopsItsWorkAtTheDeadline_BeforeOthersMayLead()
    {
        var time = new FakeTime();
        Candidate first = Start("a", time);
        await first.LeadsAsync();
        DateTimeOffset renewed = time.GetUtcNow();
        _server.Outage = Away;
        await MoveUntilAsync(time, first.Lost.Task, TimeSpan.FromSeconds(1));
        Assert.InRange(time.GetUtcNow() - renewed, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(13));
        Assert.False(first.Elector.IsLeader);

        _server.Outage = null;
        await MoveUntilAsync(time, first.LeadsAgain.Task, TimeSpan.FromSeconds(5));
        await first.StopAsync();
    }

    [Fact]
    public async Task Leader_ThatCannotRenewForAMoment_GoesOn()
    {
        var time = new FakeTime();
        Candidate first = Start("a", time);
        await first.LeadsAsync();
        for (int i = 0; i < 5; i++)
        {
            _server.Outage = Away;
            await WaitForPauseAsync(time);
            time.Advance(TimeSpan.FromSeconds(2));
            await WaitForPauseAsync(time);
            _server.Outage = null;
            int writes = _server.Writes;
            time.Advance(TimeSpan.FromSeconds(2));
            await UntilAsync(() => _server.Writes > writes);
        }

        Assert.False(first.Lost.Task.IsCompleted);
        await first.StopAsync();
    }

    [Fact]
    public async Task Leader_WhoseLeaseIsTaken_StopsItsWorkAtTheNextRenewal()
    {
        var time = new FakeTime();
        Candidate first = Start("a", time);
        await first.LeadsAsync();
        _server.Overwrite("intruder");
        await MoveUntilAsync(time, first.Lost.Task, TimeSpan.FromSeconds(2));
        Assert.Equal("intruder", (string?)_server.Spec!["holderIdentity"]);
        await first.StopAsync();
        Assert.Equal("intruder", (string?)_server.Spec!["holderIdentity"]);
    }

    [Fact]
    public async Task Work_ThatFails_EndsTheElectionAndReleases()
    {
        var elector = new LeaderElector(_server, Options("a"), new FakeTime(), NullLogger.Instance);
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => elector.RunAsync(_ => throw new InvalidOperationException("broken"), CancellationToken.None).WaitAsync(TestTimeouts.InProcess));
        Assert.Equal("broken", error.Message);
        Assert.Equal("", (string?)_server.Spec!["holderIdentity"]);
        Assert.False(elector.IsLeader);
    }

    [Fact]
    public async Task Lease_HasTheFieldsOfClientGo()
    {
        var time = new FakeTime();
        Candidate first = Start("a", time);
        await first.LeadsAsync();
        JsonObject spec = _server.Spec!;
        Assert.Equal("""{"holderIdentity":"a","leaseDurationSeconds":15,"leaseTransitions":0,"acquireTime":"2026-01-01T00:00:00.000000Z","renewTime":"2026-01-01T00:00:00.000000Z"}""", spec.ToJsonString());
        await first.StopAsync();
    }

    [Theory]
    [InlineData(15, 15, 2)]
    [InlineData(15, 10, 9)]
    [InlineData(0.5, 0.3, 0.1)]
    public void Periods_ThatContradictEachOther_AreRefused(double lease, double deadline, double retry)
    {
        LeaderElectionOptions options = Options("a") with
        {
            LeaseDuration = TimeSpan.FromSeconds(lease),
            RenewDeadline = TimeSpan.FromSeconds(deadline),
            RetryPeriod = TimeSpan.FromSeconds(retry),
        };
        Assert.Contains("Leader election needs", Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    private static LeaderElectionOptions Options(string identity) => new() { Namespace = "ns", Name = "lease", Identity = identity };

    private Candidate Start(string identity, TimeProvider time) => new(new LeaderElector(_server, Options(identity), time, NullLogger.Instance));

    private static Task WaitForPauseAsync(FakeTime time) => time.WaitForTimerAsync(TimeSpan.FromSeconds(3));

    private static async Task MoveUntilAsync(FakeTime time, Task wanted, TimeSpan step)
    {
        using var timeout = new CancellationTokenSource(TestTimeouts.InProcess);
        while (!wanted.IsCompleted)
        {
            timeout.Token.ThrowIfCancellationRequested();
            await Task.WhenAny(wanted, time.WaitForTimerAsync(TimeSpan.FromSeconds(10)));
            if (!wanted.IsCompleted)
            {
                time.Advance(step);
            }
        }
    }

    private static async Task UntilAsync(Func<bool> wanted)
    {
        using var timeout = new CancellationTokenSource(TestTimeouts.InProcess);
        while (!wanted())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, timeout.Token);
        }
    }

    private sealed class Candidate : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public Candidate(LeaderElector elector)
        {
            Elector = elector;
            _running = elector.RunAsync(WorkAsync, _stop.Token);
        }

        public LeaderElector Elector { get; }

        public TaskCompletionSource Leads { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Lost { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource LeadsAgain { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task LeadsAsync() => Leads.Task.WaitAsync(TestTimeouts.InProcess);

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _running.WaitAsync(TestTimeouts.InProcess);
            _stop.Dispose();
        }

        public ValueTask DisposeAsync() => new(StopAsync());

        private async Task WorkAsync(CancellationToken term)
        {
            if (!Leads.TrySetResult())
            {
                LeadsAgain.TrySetResult();
            }

            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, term);
            }
            finally
            {
                Lost.TrySetResult();
            }
        }
    }
}
