using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.TestSilo.Cluster;

/// <summary>
/// Stops and starts everything that the cluster profile stands on, in turn, while runs go through two silos and a gateway, and measures how soon it works
/// again. The pods are simulated and publish on NATS.
/// </summary>
public sealed class PartFaults
{
    /// <summary>Runs that are created as resources.</summary>
    public const int Runs = 500;

    /// <summary>Runs that come over HTTP, across the gateway's end.</summary>
    public const int Chats = 20;

    /// <summary>Runs that are created while something is away; fewer than are created at once, since none is answered while the API is.</summary>
    private const int During = 10;

    private const int AtOnce = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly List<PartFault> _measured = [];
    private readonly ClusterInstallation _installation;
    private readonly ControlPlanePart _first;
    private readonly ControlPlanePart _second;
    private readonly ControlPlanePart _gateway;
    private readonly SimulatedPods _pods;
    private Task<string[]> _chats = Task.FromResult(Array.Empty<string>());
    private PartFault _fault = new("");

    private PartFaults(ClusterInstallation installation, ControlPlanePart first, ControlPlanePart second, ControlPlanePart gateway, SimulatedPods pods)
    {
        _installation = installation;
        _first = first;
        _second = second;
        _gateway = gateway;
        _pods = pods;
    }

    /// <summary>Runs all faults.</summary>
    /// <exception cref="TimeoutException">Something did not come back; the message has the logs of all parts.</exception>
    public static async Task<PartFaultsOutcome> RunAsync()
    {
        await using ClusterInstallation installation = await ClusterInstallation.StartAsync();
        await using ControlPlanePart first = installation.StartSilo();
        await using ControlPlanePart second = installation.StartSilo();
        await using ControlPlanePart gateway = installation.StartGateway();
        await Task.WhenAll(first.ReadyAsync(), second.ReadyAsync(), gateway.ReadyAsync());
        await installation.UseTokenAsync();
        await using SimulatedPods pods = installation.SimulatePods();
        try
        {
            return await new PartFaults(installation, first, second, gateway, pods).RunAllAsync();
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            throw new TimeoutException($"{e.Message}\n{pods.Ended} of {Runs + Chats} runs ended.\n{first.Log}\n{second.Log}\n{gateway.Log}", e);
        }
    }

    private async Task<PartFaultsOutcome> RunAllAsync()
    {
        await _pods.CreateRunsAsync(Runs, AtOnce, BeforeAsync);
        await _pods.AllEndedAsync(Patience);
        string[] answers = await _chats;
        ResourceList runs = await _installation.Client.ListAsync(
            SympoziumTypes.AgentRuns, SimulatedPods.Namespace, new ListOptions { LabelSelector = $"{SympoziumNames.SourceLabel}=gateway" }, default);
        return new PartFaultsOutcome(_measured, _pods.Ended, runs.Items.Count, answers, _pods.WithTwoJobs, _pods.EndedTwice, _pods.NotSucceeded);
    }

    /// <summary>What happens before a run is created.</summary>
    private Task BeforeAsync(int number) => number switch
    {
        50 => LoseAsync("NATS, kill -9", _installation.Nats.KillAsync, "degraded: bus:"),
        50 + During => ReturnAsync(_installation.Nats.StartAgainAsync, number),
        125 => LoseAsync("PostgreSQL", _installation.Postgres.StopAsync, "degraded: database:"),
        125 + During => ReturnAsync(_installation.Postgres.RestartAsync, number),
        200 => LoseAsync("the API server", _installation.StopApiAsync, "kubernetes:"),
        200 + During => ReturnAsync(_installation.StartApiAsync, number),
        275 => EndSiloAsync("a silo of two, kill -9", _second.KillAsync, number),
        350 => EndSiloAsync("a silo of two, SIGTERM", _second.StopAsync, number),
        425 => EndGatewayAsync(number),
        _ => Task.CompletedTask,
    };

    private async Task LoseAsync(string what, Func<Task> lose, string named)
    {
        _fault = new PartFault(what);
        await lose();
        long start = TimeProvider.System.GetTimestamp();
        await _first.ReadyAsync((_, answer) => answer.Contains(named, StringComparison.Ordinal));
        _fault = _fault with { Named = TimeProvider.System.GetElapsedTime(start) };
    }

    private async Task ReturnAsync(Func<Task> bringBack, int created)
    {
        await bringBack();
        await RecoversAsync(created);
    }

    private async Task EndSiloAsync(string what, Func<Task> end, int created)
    {
        _fault = new PartFault(what);
        await end();
        await RecoversAsync(created);
        _second.StartAgain();
        await _second.ReadyAsync();
    }

    private async Task EndGatewayAsync(int created)
    {
        _fault = new PartFault("the gateway, kill -9 and start");
        _pods.Expect(Chats);
        _chats = Task.WhenAll(Enumerable.Range(0, Chats).Select(chat => ChatAsync($"chat-{chat}")));
        await _gateway.KillAsync();
        _gateway.StartAgain();
        long start = TimeProvider.System.GetTimestamp();
        await _gateway.ReadyAsync();
        _fault = _fault with { Serves = TimeProvider.System.GetElapsedTime(start) };
        await RecoversAsync(created);
    }

    /// <summary>Measures until a run ends again, and until all that were created so far have.</summary>
    private async Task RecoversAsync(int created)
    {
        long start = TimeProvider.System.GetTimestamp();
        int before = _pods.Ended;
        await UntilAsync(() => _pods.Ended > before || _pods.HaveEnded(created));
        TimeSpan next = TimeProvider.System.GetElapsedTime(start);
        await UntilAsync(() => _pods.HaveEnded(created));
        _measured.Add(_fault with { NextRun = next, AllEnded = TimeProvider.System.GetElapsedTime(start) });
    }

    private static async Task UntilAsync(Func<bool> wanted)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (!wanted())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
        }
    }

    /// <summary>A request as a client makes it that tries again: the same key makes it the same run.</summary>
    private async Task<string> ChatAsync(string key)
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
                using HttpResponseMessage answer = await _installation.Gateway.SendAsync(request, deadline.Token);
                if (answer.IsSuccessStatusCode)
                {
                    return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(deadline.Token))!["choices"]![0]!["message"]!["content"]!;
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException && !deadline.IsCancellationRequested)
            {
                // The gateway is away; asked again.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, deadline.Token);
        }
    }
}

/// <summary>How one part's end went.</summary>
/// <param name="What">The part and how it ended.</param>
/// <param name="Named">How long until <c>/readyz</c> of a silo named it.</param>
/// <param name="Serves">How long until it was ready, for a part that is waited for.</param>
/// <param name="NextRun">How long after its return, or its end when others take over, the next run ended.</param>
/// <param name="AllEnded">How long until all runs had ended that were created before.</param>
public sealed record PartFault(string What, TimeSpan? Named = null, TimeSpan? Serves = null, TimeSpan NextRun = default, TimeSpan AllEnded = default);

/// <summary>How all of it went.</summary>
/// <param name="Faults">One for each part.</param>
/// <param name="Ended">Runs that ended.</param>
/// <param name="ChatRuns">Runs that the requests over HTTP made.</param>
/// <param name="Answers">What they were answered.</param>
/// <param name="WithTwoJobs">Runs that got more than one Job.</param>
/// <param name="EndedTwice">Runs that ended more than once, or differently.</param>
/// <param name="NotSucceeded">Runs that did not succeed.</param>
public sealed record PartFaultsOutcome(
    IReadOnlyList<PartFault> Faults,
    int Ended,
    int ChatRuns,
    IReadOnlyList<string> Answers,
    IReadOnlyList<string> WithTwoJobs,
    IReadOnlyList<string> EndedTwice,
    IReadOnlyList<string> NotSucceeded);
