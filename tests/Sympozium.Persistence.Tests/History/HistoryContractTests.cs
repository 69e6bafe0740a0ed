using Sympozium.Abstractions;
using Sympozium.Abstractions.History;
using Sympozium.Persistence.History;
using Sympozium.Testing;

namespace Sympozium.Persistence.Tests.History;

/// <summary>What history, usage, sessions and keys do on every database.</summary>
public abstract class HistoryContractTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(50);
    private static readonly ResourceKey Run = new("team-a", "report");

    private HistoryDatabase _database = null!;

    /// <summary>What the stores are tested with; small steps of pruning so that there are several.</summary>
    protected static HistoryOptions Options { get; } = new() { PruneBatch = 2, RetryFor = TestTimeouts.WithProcesses * 2 };

    /// <summary>A new, empty database.</summary>
    protected abstract Task<HistoryDatabase> OpenAsync();

    private RunHistory Runs => new(_database, Options);

    private UsageLedger Usage => new(_database, Options);

    private SessionStore Sessions => new(_database, Options);

    public async Task InitializeAsync()
    {
        _database = await OpenAsync();
        await _database.MigrateAsync(default);
    }

    public virtual async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Append_ThenRead_GivesTheEntriesInOrder()
    {
        await Runs.AppendAsync([Entry("a", 1, "agent.run.phase", "Pending"), Entry("b", 2, "agent.stream.chunk")], default);
        await Runs.AppendAsync([Entry("c", 3, "agent.run.phase", "Running")], default);

        IReadOnlyList<RunHistoryEntry> all = await Runs.ReadAsync(Run, null, 0, 10, default);
        Assert.Equal(["a", "b", "c"], all.Select(entry => entry.Id));
        Assert.Equal([1L, 2L, 3L], all.Select(entry => entry.Sequence));
        Assert.Equal("""{"n":1}""", all[0].Data);
        Assert.Equal(Start.AddSeconds(1), all[0].At);
        Assert.Equal(["c"], (await Runs.ReadAsync(Run, "uid-1", 2, 10, default)).Select(entry => entry.Id));
        Assert.Equal(["a"], (await Runs.ReadAsync(Run, null, 0, 1, default)).Select(entry => entry.Id));
        Assert.Empty(await Runs.ReadAsync(new ResourceKey("team-a", "other"), null, 0, 10, default));
    }

    [Fact]
    public async Task Append_Twice_IsThereOnce()
    {
        RunHistoryEntry[] entries = [Entry("a", 1, "agent.run.phase", "Running"), Entry("b", 2, "agent.run.phase", "Succeeded")];
        await Runs.AppendAsync(entries, default);
        await Runs.AppendAsync(entries, default);

        Assert.Equal(2, (await Runs.ReadAsync(Run, null, 0, 10, default)).Count);
        RunSummary run = Assert.Single(await Runs.ListAsync(new RunHistoryQuery(), default));
        Assert.Equal(new RunSummary(Run, "uid-1", "writer", "Succeeded", Start.AddSeconds(1), Start.AddSeconds(2), 2), run);
    }

    [Fact]
    public async Task Append_FromManyAtOnce_LosesNothingAndNumbersWithoutGaps()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (i, token) => await Runs.AppendAsync([Entry($"e{i}", i, "agent.stream.chunk")], token));

        IReadOnlyList<RunHistoryEntry> all = await Runs.ReadAsync(Run, null, 0, 1000, default);
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), all.Select(entry => entry.Sequence));
        Assert.Equal(100, all.Select(entry => entry.Id).Distinct().Count());
    }

    [Fact]
    public async Task Read_ARunMadeAnewUnderItsName_IsAnotherRun()
    {
        await Runs.AppendAsync([Entry("a", 1, "agent.run.phase", "Failed")], default);
        await Runs.AppendAsync([Entry("a", 5, "agent.run.phase", "Running") with { Uid = "uid-2" }], default);

        Assert.Equal("uid-2", Assert.Single(await Runs.ReadAsync(Run, null, 0, 10, default)).Uid);
        Assert.Equal("uid-1", Assert.Single(await Runs.ReadAsync(Run, "uid-1", 0, 10, default)).Uid);
    }

    [Fact]
    public async Task List_WithFilters_GivesThoseLatestFirst()
    {
        await Runs.AppendAsync([Entry("a", 1, "t") with { Uid = "1", Run = new ResourceKey("x", "one") }], default);
        await Runs.AppendAsync([Entry("a", 2, "t") with { Uid = "2", Run = new ResourceKey("x", "two"), Instance = "other" }], default);
        await Runs.AppendAsync([Entry("a", 3, "t") with { Uid = "3", Run = new ResourceKey("y", "three"), Instance = null }], default);

        Assert.Equal(["three", "two", "one"], (await Runs.ListAsync(new RunHistoryQuery(), default)).Select(run => run.Run.Name));
        Assert.Equal(["two", "one"], (await Runs.ListAsync(new RunHistoryQuery("x"), default)).Select(run => run.Run.Name));
        Assert.Equal(["one"], (await Runs.ListAsync(new RunHistoryQuery("x", "writer"), default)).Select(run => run.Run.Name));
        Assert.Equal(["two"], (await Runs.ListAsync(new RunHistoryQuery(null, null, Start.AddSeconds(3), 1), default)).Select(run => run.Run.Name));
    }

    [Fact]
    public async Task Transcript_Saved_IsFound()
    {
        Assert.Null(await Runs.FindTranscriptAsync(Run, null, default));
        await Runs.AppendAsync([Entry("a", 1, "t")], default);
        Assert.Null(await Runs.FindTranscriptAsync(Run, null, default));

        await Runs.SaveTranscriptAsync(Run, "uid-1", """[{"role":"user","content":"ä\u0000🙂"}]""", default);

        Assert.Equal("""[{"role":"user","content":"ä\u0000🙂"}]""", await Runs.FindTranscriptAsync(Run, "uid-1", default));
    }

    [Fact]
    public async Task Prune_OldRuns_ForgetsThoseOnly()
    {
        for (int i = 0; i < 7; i++)
        {
            await Runs.AppendAsync([Entry("a", i, "t") with { Uid = $"{i}", Run = new ResourceKey("x", $"run-{i}") }], default);
        }

        Assert.Equal(5, await Runs.PruneAsync(Start.AddSeconds(5), default));

        Assert.Equal(["run-6", "run-5"], (await Runs.ListAsync(new RunHistoryQuery(), default)).Select(run => run.Run.Name));
        Assert.Empty(await Runs.ReadAsync(new ResourceKey("x", "run-1"), null, 0, 10, default));
        Assert.Equal(0, await Runs.PruneAsync(Start.AddSeconds(5), default));
    }

    [Fact]
    public async Task Usage_Recorded_IsSummedOnce()
    {
        UsageEntry first = new("c1", Run, "writer", "openai", "gpt", Start, 100, 20) { CostMicroUsd = 30 };
        await Usage.RecordAsync([first, first with { CallId = "c2", CostMicroUsd = null, Estimated = true }], default);
        await Usage.RecordAsync([first], default);
        await Usage.RecordAsync([first with { CallId = "c3", Model = "mini", At = Start.AddHours(1), Instance = null }], default);

        Assert.Equal(
            [
                new UsageTotal("team-a", "writer", "openai", "gpt", 2, 200, 40, 30),
            ],
            await Usage.SumAsync("team-a", Start, Start.AddHours(1), default));
        Assert.Equal(2, (await Usage.SumAsync(null, Start, Start.AddHours(2), default)).Count);
        Assert.Empty(await Usage.SumAsync("team-b", Start, Start.AddHours(2), default));
        Assert.Equal(2, await Usage.PruneUsageAsync(Start.AddHours(1), default));
        Assert.Single(await Usage.SumAsync(null, Start, Start.AddHours(2), default));
    }

    [Fact]
    public async Task Session_MessagesOfARun_AreAddedOnceAndReadInOrder()
    {
        var session = new SessionKey("team-a", "writer", "chat 1");
        await Sessions.AddAsync(session, "r1", [new("user", "hello", Start), new("assistant", "hi", Start.AddSeconds(1))], default);
        await Sessions.AddAsync(session, "r1", [new("user", "hello", Start), new("assistant", "hi", Start.AddSeconds(1))], default);
        await Sessions.AddAsync(session, "r2", [new("user", "more", Start.AddSeconds(2))], default);

        Assert.Equal(["hello", "hi", "more"], (await Sessions.ReadAsync(session, 10, default)).Select(message => message.Content));
        Assert.Equal(["hi", "more"], (await Sessions.ReadAsync(session, 2, default)).Select(message => message.Content));
        Assert.Equal(
            [new SessionSummary(session, Start.AddSeconds(1), Start.AddSeconds(2), 3)],
            await Sessions.ListSessionsAsync("team-a", "writer", 10, default));
        Assert.Empty(await Sessions.ListSessionsAsync("team-a", "other", 10, default));
    }

    [Fact]
    public async Task Session_DeletedOrOld_IsForgotten()
    {
        for (int i = 0; i < 5; i++)
        {
            await Sessions.AddAsync(new SessionKey("x", "writer", $"s{i}"), "r", [new("user", "text", Start.AddDays(i))], default);
        }

        Assert.True(await Sessions.DeleteAsync(new SessionKey("x", "writer", "s4"), default));
        Assert.False(await Sessions.DeleteAsync(new SessionKey("x", "writer", "s4"), default));
        Assert.Equal(3, await Sessions.PruneSessionsAsync(Start.AddDays(3), default));
        Assert.Equal("s3", Assert.Single(await Sessions.ListSessionsAsync("x", null, 10, default)).Session.Key);
        Assert.Empty(await Sessions.ReadAsync(new SessionKey("x", "writer", "s0"), 10, default));
    }

    [Fact]
    public async Task ApiKey_Made_IsFoundUntilRevokedOrExpired()
    {
        var time = new ManualTime(Start);
        var keys = new ApiKeyStore(_database, time);
        CreatedApiKey made = await keys.CreateAsync(new NewApiKey("ci", ["team-a", "team-b"], Start.AddDays(1)), default);

        ApiKey? found = await keys.FindAsync(made.Secret, default);
        Assert.Equal(made.Key.Id, found?.Id);
        Assert.Equal(["team-a", "team-b"], found!.Namespaces);
        Assert.DoesNotContain(made.Secret, made.ToString(), StringComparison.Ordinal);
        Assert.Null(await keys.FindAsync(made.Secret[..^1] + (made.Secret[^1] == '0' ? '1' : '0'), default));
        Assert.Null(await keys.FindAsync("sk-sympozium-", default));
        Assert.Null(await keys.FindAsync("' OR 1=1 --", default));

        SympoziumConflictException taken = await Assert.ThrowsAsync<SympoziumConflictException>(() => keys.CreateAsync(new NewApiKey("ci", [], null), default));
        Assert.Equal("An API key named 'ci' exists; revoke it first, or choose another name.", taken.Message);

        time.Now = Start.AddDays(1);
        Assert.Null(await keys.FindAsync(made.Secret, default));
        Assert.True(await keys.RevokeAsync(made.Key.Id, default));
        Assert.False(await keys.RevokeAsync(made.Key.Id, default));
        CreatedApiKey again = await keys.CreateAsync(new NewApiKey("ci", [], null), default);
        Assert.NotNull(await keys.FindAsync(again.Secret, default));
        Assert.Equal(2, (await keys.ListKeysAsync(default)).Count);
    }

    [Fact]
    public async Task Migrate_Again_ChangesNothing()
    {
        await Runs.AppendAsync([Entry("a", 1, "t")], default);
        await _database.MigrateAsync(default);

        Assert.Single(await Runs.ListAsync(new RunHistoryQuery(), default));
    }

    private protected static RunHistoryEntry Entry(string id, int second, string topic, string? phase = null) =>
        new(Run, "uid-1", id, Start.AddSeconds(second), topic, $$"""{"n":{{second}}}""") { Instance = "writer", Phase = phase };

    private sealed class ManualTime(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
