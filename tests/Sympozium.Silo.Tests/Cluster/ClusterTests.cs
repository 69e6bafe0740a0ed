using Npgsql;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;
using Sympozium.Testing.Postgres;
using Sympozium.TestSilo;
using Sympozium.TestSilo.Cluster;
using Xunit.Abstractions;

namespace Sympozium.Silo.Tests.Cluster;

/// <summary>Silos as processes on a real PostgreSQL: killed, stopped, added.</summary>
[Trait("Category", "Cluster")]
[Collection("Cluster")]
public sealed class ClusterTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Grains_OfAKilledSilo_AnswerAgain_WithinFiveSeconds()
    {
        string database = await TestDatabase.CreateAsync();
        await using SiloProcess first = await SiloProcess.StartAsync(database);
        await using SiloProcess second = await SiloProcess.StartAsync(database);
        await using SiloProcess third = await SiloProcess.StartAsync(database);
        await using GatewayClient client = await GatewayClient.StartAsync(database);
        IPlaceGrain[] grains = [.. Enumerable.Range(0, 300).Select(number => client.Grains.GetGrain<IPlaceGrain>($"grain-{number}"))];
        string[] before = await Task.WhenAll(grains.Select(grain => grain.WhereAsync(default)));
        Assert.Equal(3, before.Distinct().Count());

        long start = TimeProvider.System.GetTimestamp();
        await third.KillAsync();
        TimeSpan[] answered = await Task.WhenAll(grains.Select(async grain =>
        {
            await grain.WhereAsync(default);
            return TimeProvider.System.GetElapsedTime(start);
        }));

        output.WriteLine($"All {grains.Length} grains answer {answered.Max().TotalSeconds:N2} s after the kill.");
        Assert.InRange(answered.Max(), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(2, (await Task.WhenAll(grains.Select(grain => grain.WhereAsync(default)))).Distinct().Count());
    }

    [Fact]
    public async Task Calls_WhileASiloStopsInGoodOrder_AllSucceed()
    {
        string database = await TestDatabase.CreateAsync();
        await using SiloProcess first = await SiloProcess.StartAsync(database);
        await using SiloProcess second = await SiloProcess.StartAsync(database);
        await using GatewayClient client = await GatewayClient.StartAsync(database);
        using var stop = new CancellationTokenSource();
        int calls = 0;
        Task[] callers = [.. Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            for (int call = 0; !stop.IsCancellationRequested; call++)
            {
                await client.Grains.GetGrain<IPlaceGrain>($"grain-{((caller * 31) + call) % 200}").WhereAsync(default);
                Interlocked.Increment(ref calls);
            }
        }))];

        await client.Grains.GetGrain<IPlaceGrain>("warm").WhereAsync(default);
        int code = await second.StopAsync();
        int atStop = calls;
        await using SiloProcess third = await SiloProcess.StartAsync(database);
        await first.StopAsync();
        await client.Grains.GetGrain<IPlaceGrain>("warm").WhereAsync(default);
        await stop.CancelAsync();
        await Task.WhenAll(callers);

        output.WriteLine($"{calls} calls, {atStop} until the first silo had stopped.");
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task Runs_WhileSilosAreKilledAndAdded_AreDoneOnce()
    {
        const int Count = 1000;
        string database = await TestDatabase.CreateAsync();
        (LocalClusterHost api, TemporaryDirectory directory) = await SimulatedPods.ApiAsync();
        await using SiloProcess first = await SiloProcess.StartAsync(database, api.KubeconfigPath);
        await using SiloProcess second = await SiloProcess.StartAsync(database, api.KubeconfigPath);
        await using GatewayClient client = await GatewayClient.StartAsync(database);
        await using SimulatedPods pods = SimulatedPods.Start(api, directory, client.Grains);
        SiloProcess? third = null, fourth = null;
        long start = TimeProvider.System.GetTimestamp();

        await pods.CreateRunsAsync(Count, atOnce: 32, async number =>
        {
            switch (number)
            {
                case Count / 4:
                    await second.KillAsync();
                    break;
                case Count / 2:
                    third = await SiloProcess.StartAsync(database, api.KubeconfigPath);
                    break;
                case Count * 3 / 4:
                    fourth = await SiloProcess.StartAsync(database, api.KubeconfigPath);
                    await first.KillAsync();
                    break;
            }
        });
        await pods.AllEndedAsync(Patience);

        output.WriteLine($"{Count} runs in {TimeProvider.System.GetElapsedTime(start).TotalSeconds:N1} s.");
        Assert.Equal(Count, pods.Ended);
        Assert.Empty(pods.WithTwoJobs);
        Assert.Empty(pods.EndedTwice);
        Assert.Empty(pods.NotSucceeded);
        await third!.DisposeAsync();
        await fourth!.DisposeAsync();
    }

    [Fact]
    public async Task Runs_WhilePostgresAndASiloStopAndStart_AreDoneOnce()
    {
        const int Count = 500;
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        string database = await postgres.CreateDatabaseAsync();
        (LocalClusterHost api, TemporaryDirectory directory) = await SimulatedPods.ApiAsync();
        await using SiloProcess first = await SiloProcess.StartAsync(database, api.KubeconfigPath);
        SiloProcess second = await SiloProcess.StartAsync(database, api.KubeconfigPath);
        await using GatewayClient client = await GatewayClient.StartAsync(database);
        await using SimulatedPods pods = SimulatedPods.Start(api, directory, client.Grains);

        await pods.CreateRunsAsync(Count, atOnce: 32, async number =>
        {
            switch (number)
            {
                case Count / 4:
                    await postgres.StopAsync();
                    break;
                case Count / 2:
                    await postgres.RestartAsync();
                    await EndsAgainAsync(pods, number, "PostgreSQL is back");
                    break;
                case Count * 3 / 4:
                    await second.StopAsync();
                    await EndsAgainAsync(pods, number, "a silo has stopped");
                    second = await SiloProcess.StartAsync(database, api.KubeconfigPath);
                    break;
            }
        });
        await pods.AllEndedAsync(Patience);

        Assert.Equal(Count, pods.Ended);
        Assert.Empty(pods.WithTwoJobs);
        Assert.Empty(pods.EndedTwice);
        Assert.Empty(pods.NotSucceeded);
        await second.DisposeAsync();
    }

    [Fact]
    public async Task Reminders_WhileSilosComeAndGo_FireOnceAPeriod()
    {
        const int Grains = 40;
        TimeSpan period = TimeSpan.FromSeconds(2);
        string database = await TestDatabase.CreateAsync();
        await using NpgsqlDataSource ticks = NpgsqlDataSource.Create(database);
        await using (NpgsqlCommand table = ticks.CreateCommand("CREATE TABLE test_tick (grain text, period bigint, at timestamptz DEFAULT now())"))
        {
            await table.ExecuteNonQueryAsync();
        }

        await using SiloProcess first = await SiloProcess.StartAsync(database);
        await using SiloProcess second = await SiloProcess.StartAsync(database);
        await using GatewayClient client = await GatewayClient.StartAsync(database);
        await Task.WhenAll(Enumerable.Range(0, Grains).Select(number => client.Grains.GetGrain<IClockGrain>($"clock-{number}").StartAsync(period)));

        await TicksAsync(ticks, Grains * 2);
        await second.KillAsync();
        await TicksAsync(ticks, Grains * 5);
        await using SiloProcess third = await SiloProcess.StartAsync(database);
        await TicksAsync(ticks, Grains * 8);
        await first.StopAsync();
        await TicksAsync(ticks, Grains * 11);

        Assert.Equal(0L, await ScalarAsync(ticks, "SELECT count(*) FROM (SELECT 1 FROM test_tick GROUP BY grain, period HAVING count(*) > 1) AS doubled"));
        Assert.Equal((long)Grains, await ScalarAsync(ticks, "SELECT count(DISTINCT grain) FROM test_tick"));
    }

    [Fact]
    public async Task SecondInstallation_OnTheSameDatabase_IsRefused()
    {
        string database = await TestDatabase.CreateAsync();
        await using SiloProcess first = await SiloProcess.StartAsync(database);

        (int code, string errors) = await SiloProcess.RunToEndAsync(database, "another");

        Assert.Equal(1, code);
        Assert.Contains("belongs to installation 'test', and this is 'another'", errors, StringComparison.Ordinal);
        Assert.False(first.HasExited);
    }

    [Fact]
    public async Task Silos_WhoseClocksAreWrong_WorkWithTheOthers()
    {
        TimeSpan wrong = TimeSpan.FromHours(1);
        string database = await TestDatabase.CreateAsync();
        await using SiloProcess first = await SiloProcess.StartAsync(database);
        await using SiloProcess second = await SiloProcess.StartAsync(database, clockSkew: wrong);
        await using SiloProcess third = await SiloProcess.StartAsync(database, clockSkew: -wrong);
        await using GatewayClient client = await GatewayClient.StartAsync(database);

        string[] places = await Task.WhenAll(Enumerable.Range(0, 300).Select(number => client.Grains.GetGrain<IPlaceGrain>($"grain-{number}").WhereAsync(default)));

        // How many grains each gets is the placement's business; that all answer, again and again, and nobody is voted out is what counts.
        Assert.InRange(places.Distinct().Count(), 2, 3);
        Assert.Equal(places, await Task.WhenAll(Enumerable.Range(0, 300).Select(number => client.Grains.GetGrain<IPlaceGrain>($"grain-{number}").WhereAsync(default))));
        string?[] ends = [await first.ReadErrorsAsync(), await second.ReadErrorsAsync(), await third.ReadErrorsAsync()];
        Assert.True(Array.TrueForAll(ends, end => end is null), string.Join("\n", ends));
    }

    [Fact]
    public async Task Runs_WhileTheClockOfASiloJumps_AreDoneOnce()
    {
        const int Count = 200;
        string database = await TestDatabase.CreateAsync();
        (LocalClusterHost api, TemporaryDirectory directory) = await SimulatedPods.ApiAsync();
        await using SiloProcess first = await SiloProcess.StartAsync(database, api.KubeconfigPath);
        await using SiloProcess second = await SiloProcess.StartAsync(database, api.KubeconfigPath);
        await using GatewayClient client = await GatewayClient.StartAsync(database);
        await using SimulatedPods pods = SimulatedPods.Start(api, directory, client.Grains);

        await pods.CreateRunsAsync(Count, atOnce: 16, number =>
        {
            if (number is Count / 3 or Count * 2 / 3)
            {
                second.JumpAnHour();
            }

            return Task.CompletedTask;
        });
        await pods.AllEndedAsync(Patience);

        Assert.Empty(pods.WithTwoJobs);
        Assert.Empty(pods.EndedTwice);
        Assert.Empty(pods.NotSucceeded);
        Assert.False(first.HasExited || second.HasExited);
    }

    private async Task EndsAgainAsync(SimulatedPods pods, int created, string since)
    {
        long start = TimeProvider.System.GetTimestamp();
        int before = pods.Ended;
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (pods.Ended == before && before < created)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
        }

        output.WriteLine($"The next run ends {TimeProvider.System.GetElapsedTime(start).TotalSeconds:N2} s after {since}.");
    }

    private static async Task TicksAsync(NpgsqlDataSource database, long count)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while ((long)(await ScalarAsync(database, "SELECT count(*) FROM test_tick"))! < count)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, deadline.Token);
        }
    }

    private static async Task<object?> ScalarAsync(NpgsqlDataSource database, string sql)
    {
        await using NpgsqlCommand command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
