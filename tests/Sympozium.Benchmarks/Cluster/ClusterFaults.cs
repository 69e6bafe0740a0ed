using System.Globalization;
using Sympozium.Testing.Postgres;
using Sympozium.TestSilo.Cluster;

namespace Sympozium.Benchmarks.Cluster;

/// <summary>How soon a cluster works again when a part of it ends, in the scenarios that the tests run too.</summary>
internal static class ClusterFaults
{
    /// <summary>Faults whose outcome is yes or no.</summary>
    private static readonly IReadOnlyList<string>[] NotTimed =
    [
        ["1,000 runs; of two silos one is killed, one added, one added, the other killed", "none lost, none doubled", "`ClusterTests.Runs_WhileSilosAreKilledAndAdded`"],
        ["500 runs; PostgreSQL stops for a quarter of them, a silo gets SIGTERM", "none lost, none doubled", "`ClusterTests.Runs_WhilePostgresAndASiloStopAndStart`"],
        ["40 reminders of 2 s; a silo is killed, one added, one stopped", "no period twice", "`ClusterTests.Reminders_WhileSilosComeAndGo`"],
        ["200 runs; the clock of one of two silos jumps an hour ahead, twice", "none lost, none doubled, nobody is voted out", "`ClusterTests.Runs_WhileTheClockOfASiloJumps`"],
        ["clocks of silos an hour fast and slow", "all grains answer, nobody is voted out", "`ClusterTests.Silos_WhoseClocksAreWrong`"],
        ["a second installation starts on the database, with a name or without", "refused with both names, exit code 14; the first goes on", "`ClusterProfileTests.Installation_OfAnotherCluster`"],
        ["gateway and silo start before PostgreSQL and NATS", "`/readyz` names each; both begin as they come", "`ClusterProfileTests.Parts_BeforeWhatTheyNeed`"],
        ["100 runs; the disk under NATS is full, then there is room and NATS starts again", "none lost, none doubled", "`ClusterFaultTests.Runs_WhileTheDiskUnderNatsIsFull`"],
        ["small profile: a leader is halted amid 20 runs, its successor ends them, then it goes on", "no write of the old leader, no Event twice", "`LeaderLossTests`"],
        ["the API server's certificate is expired, another host's, or of an unknown authority", "refused, with the reason and what to do", "`TlsTests`"],
        ["certificates of clients and of the webhook are replaced; the webhook's own over twenty years", "the new ones are used without a restart; always trusted", "`TlsTests`, `WebhookTests`, `WebhookAuthorityTests`"],
        ["a pod's bridge does not trust NATS' certificate", "said with the file of authorities; delivered when that is right", "`NatsBridgeTlsTests`"],
    ];

    public static async Task<IReadOnlyList<BenchmarkTable>> RunAsync() =>
    [
        await MeasurePartsAsync(),
        await MeasureSilosAsync(),
        new BenchmarkTable("What else is tested", ["fault", "outcome", "test"], NotTimed, "Not timed here: the outcome is what the test demands."),
    ];

    private static async Task<BenchmarkTable> MeasurePartsAsync()
    {
        PartFaultsOutcome outcome = await PartFaults.RunAsync();
        int doubled = outcome.WithTwoJobs.Count + outcome.EndedTwice.Count;
        return new BenchmarkTable(
            "Every part stops and starts in turn",
            ["what stops and starts", "`/readyz` of a silo names it after, s", "it serves again after, s", "the next run ends after, s", "all that waited have ended after, s"],
            [.. outcome.Faults.Select(fault => (string[])[fault.What, Seconds(fault.Named), Seconds(fault.Serves), Seconds(fault.NextRun), Seconds(fault.AllEnded)])],
            $"Two silos and a gateway as processes of `sympozium-silo`, NATS with an account, PostgreSQL, the Kubernetes API over HTTPS; {PartFaults.Runs} runs whose (simulated) pods publish on NATS, and "
            + $"{PartFaults.Chats} requests of `/v1/chat/completions` with idempotency keys across the gateway's end. Ten runs are created while a part is away. Times count from the part's return, or from its end "
            + $"where others take over; the part of the pods is in them, on the same processors. **Of {PartFaults.Runs + PartFaults.Chats} runs {PartFaults.Runs + PartFaults.Chats - outcome.Ended} were lost, {doubled} doubled, "
            + $"{outcome.NotSucceeded.Count} did not succeed; {outcome.ChatRuns} runs came of {PartFaults.Chats} keys.**");
    }

    private static async Task<BenchmarkTable> MeasureSilosAsync()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        (string What, Func<SiloProcess, Task> End)[] ends =
        [
            ("is killed (-9)", silo => silo.KillAsync()),
            ("hangs (SIGSTOP)", silo =>
            {
                silo.Halt();
                return Task.CompletedTask;
            }),
            ("gets SIGTERM", silo => silo.StopAsync()),
        ];
        var rows = new List<IReadOnlyList<string>>();
        foreach ((string what, Func<SiloProcess, Task> end) in ends)
        {
            SiloEnding ending = await SiloEnding.MeasureAsync(await postgres.CreateDatabaseAsync(), end);
            rows.Add([what, ending.Calls.ToString("N0", CultureInfo.InvariantCulture), Number(ending.Failures.Count), Number(ending.Miscounted.Count), Seconds(ending.Took)]);
        }

        return new BenchmarkTable(
            "Calls while one of three silos ends",
            ["one of three silos", "calls", "failed", "counted wrongly", "the longest took, s"],
            rows,
            "All kinds of grains are called through the client that a gateway has, each by callers of its own that call again and again. Counted wrongly: runs whose reported model calls and whose usage differ.");
    }

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan? time) => time?.TotalSeconds.ToString("N2", CultureInfo.InvariantCulture) ?? "";
}
