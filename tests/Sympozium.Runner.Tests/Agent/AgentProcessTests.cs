using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Runs;
using Sympozium.Runner.Tests.Pods;

namespace Sympozium.Runner.Tests.Agent;

/// <summary>Real agent processes against a scripted broker on a Unix socket.</summary>
public sealed class AgentProcessTests : IAsyncLifetime, IDisposable
{
    private readonly TestPod _pod = new();
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync(_pod.Socket);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    public void Dispose() => _pod.Dispose();

    [Fact]
    public async Task Agent_TextAnswer_WritesStreamStatusResultAndMarker()
    {
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(0, await agent.ExitAsync());

        AgentResult result = _pod.Result();
        Assert.Equal((AgentResultStatus.Success, "Hello world"), (result.Status, result.Response));
        Assert.Equal((10, 4), (result.Metrics!.InputTokens, result.Metrics.OutputTokens));
        Assert.Equal("Hello world", string.Concat(_pod.Stream().Select(chunk => chunk.Content)));
        Assert.Equal(Enumerable.Range(0, _pod.Stream().Count).Select(i => (long)i), _pod.Stream().Select(chunk => chunk.Index));
        int start = agent.Log.IndexOf(IpcPaths.ResultMarkerStart, StringComparison.Ordinal) + IpcPaths.ResultMarkerStart.Length;
        string marker = agent.Log[start..agent.Log.IndexOf(IpcPaths.ResultMarkerEnd, StringComparison.Ordinal)];
        Assert.Equal(result, JsonSerializer.Deserialize(marker, IpcJson.Default.AgentResult));
        Assert.DoesNotContain(TestPod.Token, agent.Log, StringComparison.Ordinal);
        JsonObject request = _gateway.Requests.Single();
        Assert.Equal("scripted", (string)request["model"]!);
        Assert.True((bool)request["stream_options"]!["include_usage"]!);
        Assert.Equal("say hello", (string)request["messages"]![0]!["content"]!);
        Assert.Equal(8, request["tools"]!.AsArray().Count);
    }

    [Fact]
    public async Task Agent_GivenHistory_SendsItAsItIsAfterTheSystemPrompt()
    {
        const string History = """[{"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]},{"role":"assistant","content":"ok"},{"role":"user","content":"go on"}]""";
        _pod.Input("messages", History);
        _pod.Input("system-prompt", "Be brief.");
        Directory.CreateDirectory(Path.Combine(_pod.Root, "skills", "..data"));
        await File.WriteAllTextAsync(Path.Combine(_pod.Root, "skills", "..data", "tea.md"), "Brew green tea at 80 °C.");
        File.CreateSymbolicLink(Path.Combine(_pod.Root, "skills", "tea.md"), "..data/tea.md");
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(0, await agent.ExitAsync());

        JsonArray messages = _gateway.Requests.Single()["messages"]!.AsArray();
        Assert.Equal("Be brief.\n\n## Your Skills\n\nBrew green tea at 80 °C.", (string)messages[0]!["content"]!);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(History), new JsonArray([.. messages.Skip(1).Select(message => message!.DeepClone())])));
    }

    [Fact]
    public async Task Agent_SeveralToolCalls_RunAtTheSameTimeAndKeepTheirOrder()
    {
        _gateway.Model = (context, number) => number == 1
            ? ModelAnswer.Text("Working.")
                .Command("c1", "touch one; until [ -f two ]; do sleep 0.02; done; echo first")
                .Command("c2", "touch two; until [ -f one ]; do sleep 0.02; done; echo second")
                .Call("c3", "no_such_tool", []).WriteAsync(context)
            : ModelAnswer.Text("Done.").WriteAsync(context);
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(0, await agent.ExitAsync());

        JsonArray messages = _gateway.Requests[1]["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "tool", "tool", "tool"], messages.Select(message => (string)message!["role"]!));
        Assert.Equal(["c1", "c2", "c3"], messages.Skip(2).Select(message => (string)message!["tool_call_id"]!));
        Assert.Equal("exit code 0\nfirst\n", (string)messages[2]!["content"]!);
        Assert.StartsWith("Error: there is no tool 'no_such_tool'", (string)messages[4]!["content"]!, StringComparison.Ordinal);
        Assert.Equal((3, "Done."), (_pod.Result().Metrics!.ToolCalls, _pod.Result().Response));
        StreamChunk call = _pod.Stream().First(chunk => chunk is { Type: StreamChunkType.ToolCall, ToolCallId: "c2" });
        Assert.StartsWith("touch two", (string)call.Arguments!["command"]!, StringComparison.Ordinal);
        Assert.Equal(3, _pod.Stream().Count(chunk => chunk.Type == StreamChunkType.ToolResult));
    }

    [Fact]
    public async Task Agent_CommandLooksForTheToken_FindsItNowhere()
    {
        _gateway.Model = (context, number) => number == 1
            ? ModelAnswer.Text().Command("c1", "env; tr '\\0' '\\n' < /proc/$PPID/environ; echo looked").WriteAsync(context)
            : ModelAnswer.Text("Nothing.").WriteAsync(context);
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(0, await agent.ExitAsync());
        string seen = (string)_gateway.Requests[1]["messages"]![2]!["content"]!;
        Assert.Contains("looked", seen, StringComparison.Ordinal);
        Assert.Contains($"{PodEnvironment.OpenAiApiKey}=xxx", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(TestPod.Token, seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Agent_EmptyLastAnswer_GivesWhatItSaidBefore()
    {
        _gateway.Model = (context, number) => number == 1
            ? ModelAnswer.Text("It is 42.").Command("c1", "true").WriteAsync(context)
            : ModelAnswer.Text().WriteAsync(context);
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(0, await agent.ExitAsync());
        Assert.Equal("It is 42.", _pod.Result().Response);
    }

    [Fact]
    public async Task Agent_HiddenToolNamedByModel_IsRefusedAtTheCall()
    {
        ToolRule[] rules = [new("execute_command", ToolAction.Deny, "spec.toolGating.rules[0]"), new("fetch_*", ToolAction.Ask, "spec.toolGating.rules[1]")];
        _pod.Environment[PodEnvironment.ToolGate] = new ToolGate([new ToolLayer("policy 'team/rules' of the instance", ToolAction.Allow, "spec.template", rules)]).Write();
        _gateway.Model = (context, number) => number == 1
            ? ModelAnswer.Text().Command("c1", "touch proof").Call("c2", "fetch_url", new JsonObject { ["url"] = "http://example.com" }).WriteAsync(context)
            : ModelAnswer.Text("As you wish.").WriteAsync(context);
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(0, await agent.ExitAsync());

        string[] advertised = [.. _gateway.Requests[0]["tools"]!.AsArray().Select(tool => (string)tool!["function"]!["name"]!)];
        Assert.DoesNotContain("execute_command", advertised);
        Assert.DoesNotContain("fetch_url", advertised);
        Assert.Contains("read_file", advertised);
        Assert.False(File.Exists(Path.Combine(_pod.Workspace, "proof")));
        Assert.All(_pod.Stream().Where(chunk => chunk.Type == StreamChunkType.ToolResult), chunk => Assert.True(chunk.IsError));
        Assert.Contains("denied by policy 'team/rules' of the instance, rule spec.toolGating.rules[0]", (string)_gateway.Requests[1]["messages"]![2]!["content"]!, StringComparison.Ordinal);
        Assert.Contains("approval", (string)_gateway.Requests[1]["messages"]![3]!["content"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Agent_WithAGateThatCannotBeRead_CallsNothing()
    {
        _pod.Environment[PodEnvironment.ToolGate] = "[{\"by\":\"x\"}]";
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(1, await agent.ExitAsync());
        Assert.Contains("tool gate of the run cannot be read", _pod.Result().Error, StringComparison.Ordinal);
        Assert.Empty(_gateway.Requests);
    }

    [Fact]
    public async Task Agent_RoundsUsedUp_FailsWithIterationLimit()
    {
        _pod.Environment[PodEnvironment.MaxToolIterations] = "2";
        _gateway.Model = (context, number) => ModelAnswer.Text($"Try {number}.").Command($"c{number}", "true").WriteAsync(context);
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(1, await agent.ExitAsync());
        Assert.Equal((RunFailureReasons.IterationLimit, "Try 1.\n\nTry 2."), (_pod.Result().Reason, _pod.Result().Response));
    }

    [Fact]
    public async Task Agent_DryRun_AnswersWithoutAModel()
    {
        _pod.Environment[PodEnvironment.DryRun] = "true";
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(0, await agent.ExitAsync());
        Assert.Equal("DRY RUN: would execute task: say hello", _pod.Result().Response);
        Assert.Empty(_gateway.Requests);
    }

    [Fact]
    public async Task Agent_NoTask_FailsWithInvalidSpec()
    {
        _pod.Input("task", " ");
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(1, await agent.ExitAsync());
        Assert.Equal(RunFailureReasons.InvalidSpec, _pod.Result().Reason);
    }

    [Fact]
    public async Task Agent_OverTcp_AnswersToo()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(socket: null);
        _pod.Environment.Remove(PodEnvironment.GatewaySocket);
        _pod.Environment[PodEnvironment.OpenAiBaseUrl] = $"{gateway.Address}/broker/v1/";
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(0, await agent.ExitAsync());
        Assert.Equal("Hello world", _pod.Result().Response);
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("dance", 2)]
    [InlineData("--version", 0)]
    [InlineData("--help", 0)]
    public async Task Runner_CommandLine_HasItsExitCode(string arguments, int exitCode)
    {
        using RunnerProcess runner = _pod.Start(arguments);
        Assert.Equal(exitCode, await runner.ExitAsync());
    }

    [Fact]
    public async Task Agent_MalformedEnvironment_NamesEveryProblem()
    {
        _pod.Environment[PodEnvironment.RunTimeoutSeconds] = "soon";
        _pod.Environment[PodEnvironment.MaxToolIterations] = "0";
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(2, await agent.ExitAsync());
        Assert.Contains(PodEnvironment.RunTimeoutSeconds, agent.Log, StringComparison.Ordinal);
        Assert.Contains(PodEnvironment.MaxToolIterations, agent.Log, StringComparison.Ordinal);
    }
}
