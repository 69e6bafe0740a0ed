using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Runs;
using Sympozium.Runner.Tests.Pods;

namespace Sympozium.Runner.Tests.Agent;

/// <summary>What the agent does when the model, the network, a tool or itself fails.</summary>
public sealed class AgentFaultTests : IAsyncLifetime, IDisposable
{
    private readonly TestPod _pod = new();
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync(_pod.Socket);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    public void Dispose() => _pod.Dispose();

    [Fact]
    public async Task Agent_StreamBreaksOff_ResetsTheTextAndRepeatsTheRound()
    {
        Task SeenAsync() => TestTimes.UntilAsync(() => File.Exists(Path.Combine(_pod.Output, "stream-00000001.json")), () => "No stream file came.");
        _gateway.Model = (context, number) => number == 1
            ? ModelAnswer.Text("Hal").WriteAsync(context, breakOff: SeenAsync)
            : ModelAnswer.Text("Hello").WriteAsync(context);
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(0, await agent.ExitAsync());
        Assert.Equal("Hello", _pod.Result().Response);
        Assert.Equal(
            [(StreamChunkType.Text, "Hal"), (StreamChunkType.Reset, null), (StreamChunkType.Text, "Hello")],
            _pod.Stream().Select(chunk => (chunk.Type, chunk.Content)));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Agent_PassingRefusal_IsTriedAgain(int status)
    {
        _gateway.Model = (context, number) => number < 3 ? ModelAnswer.ErrorAsync(context, status, "busy") : ModelAnswer.Text("At last.").WriteAsync(context);
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(0, await agent.ExitAsync());
        Assert.Equal(3, _gateway.Requests.Count);
    }

    [Theory]
    [InlineData(401, null, RunFailureReasons.ModelRejected)]
    [InlineData(400, "context_length_exceeded", RunFailureReasons.ModelRejected)]
    [InlineData(403, RunFailureReasons.PolicyDenied, RunFailureReasons.PolicyDenied)]
    [InlineData(502, RunFailureReasons.ModelUnavailable, RunFailureReasons.ModelUnavailable)]
    [InlineData(424, RunFailureReasons.MissingCredentials, RunFailureReasons.MissingCredentials)]
    public async Task Agent_FinalRefusal_EndsTheRunWithItsReason(int status, string? code, string reason)
    {
        _gateway.Model = (context, _) => ModelAnswer.ErrorAsync(context, status, "The provider says no.", code);
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(1, await agent.ExitAsync());
        Assert.Equal(reason, _pod.Result().Reason);
        Assert.Contains("The provider says no.", _pod.Result().Error, StringComparison.Ordinal);
        Assert.Single(_gateway.Requests);
    }

    [Theory]
    [InlineData("false", 1)]
    [InlineData("true", 2)]
    public async Task Agent_BrokersWordOnRetries_IsObeyed(string shouldRetry, int requests)
    {
        _gateway.Model = (context, number) =>
        {
            context.Response.Headers["x-should-retry"] = shouldRetry;
            context.Response.Headers.RetryAfter = "0";
            return number == 1 ? ModelAnswer.ErrorAsync(context, 503, "later", RunFailureReasons.ModelUnavailable) : ModelAnswer.Text("Yes.").WriteAsync(context);
        };
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(requests == 1 ? 1 : 0, await agent.ExitAsync());
        Assert.Equal(requests, _gateway.Requests.Count);
    }

    [Theory]
    [InlineData(RunFailureReasons.ModelError)]
    [InlineData(RunFailureReasons.ModelUnavailable)]
    public async Task Agent_ErrorInTheMiddleOfTheStream_RepeatsTheRound(string code)
    {
        _gateway.Model = async (context, number) =>
        {
            if (number > 1)
            {
                await ModelAnswer.Text("Whole.").WriteAsync(context);
                return;
            }

            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: {\"choices\":[{\"delta\":{\"content\":\"Ha\"}}]}\n\n");
            await context.Response.WriteAsync($"data: {{\"error\":{{\"message\":\"gone\",\"code\":\"{code}\"}}}}\n\n");
        };
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(0, await agent.ExitAsync());
        Assert.Equal("Whole.", _pod.Result().Response);
        Assert.Contains(_pod.Stream(), chunk => chunk.Type == StreamChunkType.Reset);
    }

    [Theory]
    [InlineData("text/event-stream", "data: {\"choices\":[{\"delta\":\n\n")]
    [InlineData("text/event-stream", "data: [1,2]\n\n")]
    [InlineData("text/html", "<html>login</html>")]
    [InlineData("application/json", "nonsense")]
    public async Task Agent_Rubbish_FailsAfterThreeTries(string contentType, string body)
    {
        _gateway.Model = (context, _) =>
        {
            context.Response.ContentType = contentType;
            return context.Response.WriteAsync(body);
        };
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(1, await agent.ExitAsync());
        Assert.Equal((RunFailureReasons.ModelError, 3), (_pod.Result().Reason, _gateway.Requests.Count));
    }

    [Fact]
    public async Task Agent_GatewayNotThereYet_WaitsForIt()
    {
        await _gateway.DisposeAsync();
        using RunnerProcess agent = _pod.Start("agent");
        await agent.LogsAsync("Trying again");
        _gateway = await TestGateway.StartAsync(_pod.Socket);
        Assert.Equal(0, await agent.ExitAsync());
    }

    [Fact]
    public async Task Agent_GatewayStaysAway_FailsWithModelUnavailable()
    {
        await _gateway.DisposeAsync();
        _pod.Environment["LLM_RETRY_SECONDS"] = "0";
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(1, await agent.ExitAsync());
        Assert.Equal(RunFailureReasons.ModelUnavailable, _pod.Result().Reason);
    }

    [Fact]
    public async Task Agent_ModelNeverAnswers_EndsAtTheRunsTimeout()
    {
        _pod.Environment[PodEnvironment.RunTimeoutSeconds] = "1";
        _gateway.Model = (context, _) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(1, await agent.ExitAsync());
        Assert.Equal(RunFailureReasons.Timeout, _pod.Result().Reason);
    }

    [Fact]
    public async Task Agent_ModelFallsSilent_RepeatsTheRound()
    {
        _pod.Environment["LLM_IDLE_SECONDS"] = "1";
        _gateway.Model = (context, number) => number == 1
            ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
            : ModelAnswer.Text("Awake.").WriteAsync(context);
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(0, await agent.ExitAsync());
        Assert.Equal("Awake.", _pod.Result().Response);
    }

    [Fact]
    public async Task Agent_Terminated_KillsItsToolAndWritesAResult()
    {
        _gateway.Model = (context, _) => ModelAnswer.Text("Wait.").Command("c1", "echo $$ > pid; sleep 100 & sleep 100").WriteAsync(context);
        using RunnerProcess agent = _pod.Start("agent");
        string pidFile = Path.Combine(_pod.Workspace, "pid");
        await TestTimes.UntilAsync(() => File.Exists(pidFile) && new FileInfo(pidFile).Length > 1, () => agent.Log);
        await agent.SignalAsync("TERM");
        Assert.Equal(1, await agent.ExitAsync());
        Assert.Contains("SIGTERM", _pod.Result().Error, StringComparison.Ordinal);
        Assert.Equal("Wait.", _pod.Result().Response);

        // Killed; when the kernel forgets it is init's business.
        string process = (await File.ReadAllTextAsync(pidFile)).Trim();
        await TestTimes.UntilAsync(() => !Processes.IsAlive(process), () => $"Process {process} lives.");
    }

    [Fact]
    public async Task Agent_KilledAfterATool_GoesOnInANewProcessWithoutRepeatingIt()
    {
        _gateway.Model = (context, number) => number == 1
            ? ModelAnswer.Text("First I count.").Command("c1", "echo x >> count; cat count").WriteAsync(context)
            : Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        using (RunnerProcess agent = _pod.Start("agent"))
        {
            await TestTimes.UntilAsync(() => _gateway.Requests.Count == 2, () => agent.Log);
            await agent.SignalAsync("KILL");
            await agent.ExitAsync();
        }

        _gateway.Model = (context, _) => ModelAnswer.Text("Once.").WriteAsync(context);
        using RunnerProcess second = _pod.Start("agent");
        Assert.Equal(0, await second.ExitAsync());
        Assert.Equal("x\n", await File.ReadAllTextAsync(Path.Combine(_pod.Workspace, "count")));
        Assert.True(JsonNode.DeepEquals(_gateway.Requests[1]["messages"], _gateway.Requests[2]["messages"]));
        Assert.Equal(Enumerable.Range(0, _pod.Stream().Count).Select(i => (long)i), _pod.Stream().Select(chunk => chunk.Index));
        Assert.Equal((1, 20), (_pod.Result().Metrics!.ToolCalls, _pod.Result().Metrics!.InputTokens));
    }

    [Fact]
    public async Task Agent_FinishedBefore_RepeatsItsResultOnly()
    {
        using (RunnerProcess agent = _pod.Start("agent"))
        {
            Assert.Equal(0, await agent.ExitAsync());
        }

        using RunnerProcess second = _pod.Start("agent");
        Assert.Equal(0, await second.ExitAsync());
        Assert.Contains(IpcPaths.ResultMarkerStart, second.Log, StringComparison.Ordinal);
        Assert.Single(_gateway.Requests);
    }

    [Fact]
    public async Task Agent_WhileItWrites_NoReaderSeesHalfAFile()
    {
        string[] words = [.. Enumerable.Range(0, 400).Select(i => $"word {i} ")];
        int read = 0;
        _gateway.Model = async (context, number) =>
        {
            // Not before the reader has come to read something while the agent writes.
            await TestTimes.UntilAsync(() => number < 10 || Volatile.Read(ref read) > 0, () => "Nothing was read.");
            await (number < 20 ? ModelAnswer.Text(words).Command($"c{number}", "true") : ModelAnswer.Text("End.")).WriteAsync(context);
        };
        using RunnerProcess agent = _pod.Start("agent");
        Task<int> exit = agent.ExitAsync();
        while (!exit.IsCompleted)
        {
            string[] paths = Directory.Exists(_pod.Output) ? Directory.GetFiles(_pod.Output, "*.json") : [];
            foreach (string path in paths.Order(StringComparer.Ordinal).TakeLast(5))
            {
                using JsonDocument document = JsonDocument.Parse(await File.ReadAllBytesAsync(path));
                Interlocked.Increment(ref read);
            }

            await Task.Yield();
        }

        Assert.Equal(0, await exit);
        Assert.True(read > 0);
        Assert.Equal(19, _pod.Stream().Count(chunk => chunk.Type == StreamChunkType.ToolCall));
    }
}
