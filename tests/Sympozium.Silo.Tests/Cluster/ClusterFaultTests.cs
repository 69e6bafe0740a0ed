using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;
using Sympozium.TestSilo.Cluster;
using Xunit.Abstractions;

namespace Sympozium.Silo.Tests.Cluster;

/// <summary>Everything that the cluster profile stands on is stopped and started in turn while runs go through. The figures are those of docs/benchmarks/cluster-faults.md.</summary>
[Trait("Category", "Cluster")]
[Collection("Cluster")]
public sealed class ClusterFaultTests(ITestOutputHelper output)
{
    private const int Count = 500;
    private const int Chats = 20;

    /// <summary>Runs that are created while something is away; fewer than are created at once, since none is answered while the API is.</summary>
    private const int During = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Runs_WhileEachPartStopsAndStarts_AreDoneOnce()
    {
        await using ClusterInstallation installation = await ClusterInstallation.StartAsync();
        await using ControlPlanePart first = installation.StartSilo();
        await using ControlPlanePart second = installation.StartSilo();
        await using ControlPlanePart gateway = installation.StartGateway();
        await Task.WhenAll(first.ReadyAsync(), second.ReadyAsync(), gateway.ReadyAsync());
        await installation.UseTokenAsync();
        await using SimulatedPods pods = installation.SimulatePods();
        Task<string[]> chats = Task.FromResult(Array.Empty<string>());

        try
        {
            await pods.CreateRunsAsync(Count, atOnce: 16, async number =>
            {
                switch (number)
                {
                    case 50:
                        await installation.Nats.KillAsync();
                        await SaysAsync(first, "degraded: bus:");
                        break;
                    case 50 + During:
                        await installation.Nats.StartAgainAsync();
                        await RecoversAsync(pods, number, "NATS (kill -9) is back");
                        break;
                    case 150:
                        await installation.Postgres.StopAsync();
                        await SaysAsync(first, "degraded: database:");
                        break;
                    case 150 + During:
                        await installation.Postgres.RestartAsync();
                        await RecoversAsync(pods, number, "PostgreSQL is back");
                        break;
                    case 250:
                        await installation.StopApiAsync();
                        await SaysAsync(first, "kubernetes:");
                        break;
                    case 250 + During:
                        await installation.StartApiAsync();
                        await RecoversAsync(pods, number, "the API server is back");
                        break;
                    case 350:
                        await second.KillAsync();
                        await RecoversAsync(pods, number, "a silo's kill -9");
                        second.StartAgain();
                        await second.ReadyAsync();
                        break;
                    case 400:
                        pods.Expect(Chats);
                        chats = Task.WhenAll(Enumerable.Range(0, Chats).Select(chat => ChatAsync(installation, $"chat-{chat}")));
                        await gateway.KillAsync();
                        gateway.StartAgain();
                        long start = TimeProvider.System.GetTimestamp();
                        await gateway.ReadyAsync();
                        Tell("the gateway's kill -9 it is of use again", start);
                        break;
                }
            });
            await pods.AllEndedAsync(Patience);
            string[] answers = await chats;
            Assert.All(answers, answer => Assert.Equal("Hello.", answer));
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            Assert.Fail($"{e.Message}\n{pods.Ended} of {Count + Chats} runs ended.\n{first.Log}\n{second.Log}\n{gateway.Log}");
        }

        ResourceList runs = await installation.Client.ListAsync(
            SympoziumTypes.AgentRuns, SimulatedPods.Namespace, new ListOptions { LabelSelector = $"{SympoziumNames.SourceLabel}=gateway" }, default);
        output.WriteLine($"{Count} runs and {runs.Items.Count} of {Chats} requests over HTTP.");
        Assert.Equal(Chats, runs.Items.Count);
        Assert.Equal(Count + Chats, pods.Ended);
        Assert.Empty(pods.WithTwoJobs);
        Assert.Empty(pods.EndedTwice);
        Assert.Empty(pods.NotSucceeded);
    }

    [RootFact]
    public async Task Runs_WhileTheDiskUnderNatsIsFull_AreDoneOnceWhenThereIsRoomAgain()
    {
        using var disk = new SmallDisk();
        await using ClusterInstallation installation = await ClusterInstallation.StartAsync(natsStore: disk.Path);
        await using ControlPlanePart silo = installation.StartSilo();
        await silo.ReadyAsync();
        await using SimulatedPods pods = installation.SimulatePods();
        await pods.CreateRunsAsync(20, atOnce: 8, _ => Task.CompletedTask);
        await pods.AllEndedAsync(Patience);

        disk.Fill();
        await pods.CreateRunsAsync(100, atOnce: 8, _ => Task.CompletedTask);
        await UntilRefusedAsync(installation);
        disk.Free();

        // A server that found its disk full has switched JetStream off until it is started again, and version 2.9 does not end on SIGTERM then.
        await installation.Nats.KillAsync();
        await installation.Nats.StartAgainAsync();
        long start = TimeProvider.System.GetTimestamp();
        await pods.AllEndedAsync(Patience);

        Tell("room on NATS' disk, and its restart, all 100 runs are done", start);
        Assert.Empty(pods.WithTwoJobs);
        Assert.Empty(pods.EndedTwice);
        Assert.Empty(pods.NotSucceeded);
        Assert.False(silo.HasExited);
    }

    /// <summary>Publishes until the bus says that it cannot store.</summary>
    private static async Task UntilRefusedAsync(ClusterInstallation installation)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (true)
        {
            try
            {
                await installation.Bus.PublishAsync(
                    new BusEvent
                    {
                        Topic = Topics.StreamChunk,
                        Timestamp = TimeProvider.System.GetUtcNow(),
                        Metadata = new BusEventMetadata { AgentRunId = "filler", Namespace = SimulatedPods.Namespace },
                        Data = new string('x', 100_000),
                    },
                    deadline.Token);
            }
            catch (SympoziumUnavailableException)
            {
                return;
            }
        }
    }

    /// <summary>Waits until a part names what is missing.</summary>
    private async Task SaysAsync(ControlPlanePart part, string what)
    {
        long start = TimeProvider.System.GetTimestamp();
        await part.ReadyAsync((_, answer) => answer.Contains(what, StringComparison.Ordinal));
        output.WriteLine($"/readyz says '{what}' after {TimeProvider.System.GetElapsedTime(start).TotalSeconds:N2} s.");
    }

    /// <summary>Measures until a run ends again, and until all that were created so far have.</summary>
    private async Task RecoversAsync(SimulatedPods pods, int created, string since)
    {
        long start = TimeProvider.System.GetTimestamp();
        int before = pods.Ended;
        await UntilAsync(() => pods.Ended > before || pods.HaveEnded(created));
        Tell($"{since} the next run ends", start);
        await UntilAsync(() => pods.HaveEnded(created));
        Tell($"{since} all that waited have ended", start);
    }

    private static async Task UntilAsync(Func<bool> wanted)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (!wanted())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
        }
    }

    private void Tell(string what, long start) => output.WriteLine($"After {what}: {TimeProvider.System.GetElapsedTime(start).TotalSeconds:N2} s.");

    /// <summary>A request as a client makes it that tries again: the same key makes it the same run.</summary>
    private static async Task<string> ChatAsync(ClusterInstallation installation, string key)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
                {
                    Content = JsonContent.Create(new { model = $"{SimulatedPods.Namespace}/helper", messages = new[] { new { role = "user", content = "Hello?" } } }),
                };
                request.Headers.Add("Idempotency-Key", key);
                using HttpResponseMessage answer = await installation.Gateway.SendAsync(request, deadline.Token);
                if (answer.IsSuccessStatusCode)
                {
                    return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(deadline.Token))!["choices"]![0]!["message"]!["content"]!;
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                Assert.False(deadline.IsCancellationRequested, e.Message);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, deadline.Token);
        }
    }
}
