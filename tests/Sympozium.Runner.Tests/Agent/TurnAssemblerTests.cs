using System.Text;
using Sympozium.Runner.Agent;
using Sympozium.Runner.Http;
using Sympozium.Runner.Tests.Pods;

namespace Sympozium.Runner.Tests.Agent;

/// <summary>What providers really send.</summary>
public sealed class TurnAssemblerTests : IDisposable
{
    private readonly TestPod _pod = new();

    public void Dispose() => _pod.Dispose();

    [Fact]
    public void Turn_CallsWithoutIndexOrId_AreKeptApart()
    {
        ModelTurn turn = Take(
            """{"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"one","arguments":"{\"x\":"}}]}}]}""",
            """{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"1}"}}]}}]}""",
            """{"choices":[{"delta":{"tool_calls":[{"function":{"name":"two","arguments":{"y":2}}}]},"finish_reason":"length"}]}""");
        Assert.Equal([new ToolCall("a", "one", "{\"x\":1}"), new ToolCall("call_3_2", "two", "{\"y\":2}")], turn.ToolCalls);
    }

    [Fact]
    public void Turn_ReasoningTextAndUsage_AreToldApart()
    {
        ModelTurn turn = Take(
            """{"choices":[{"delta":{"role":"assistant","content":null,"reasoning_content":"Hm."}}],"usage":null}""",
            """{"choices":[{"delta":{"content":"Yes."},"finish_reason":null}]}""",
            """{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":1}}}""",
            "[DONE]");
        Assert.Equal(("Yes.", "Hm.", 7, 3), (turn.Text, turn.Reasoning, turn.InputTokens, turn.OutputTokens));
    }

    [Fact]
    public void Turn_WholeCompletion_IsTakenToo()
    {
        ModelTurn turn = Take("""{"choices":[{"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}""");
        Assert.Equal("Hi", turn.Text);
    }

    [Fact]
    public void Turn_ErrorInTheStream_IsNoAnswer()
    {
        var passing = Assert.Throws<ModelAttemptException>(() => Take("""{"error":{"message":"overloaded","code":"server_error"}}"""));
        Assert.False(passing.IsRubbish);
        var final = Assert.Throws<ModelFailureException>(() => Take("""{"error":{"message":"over budget","code":"PolicyDenied"}}"""));
        Assert.Equal(("PolicyDenied", "over budget"), (final.Reason, final.Message));
    }

    private ModelTurn Take(params string[] events)
    {
        var options = new AgentOptions { RunId = "r", RunIdentity = "r", Broker = new HttpTarget(), IpcRoot = _pod.Ipc };
        var turn = new TurnAssembler(new Sympozium.Runner.Agent.StreamWriter(options), round: 3);
        foreach (string data in events)
        {
            turn.Take(Encoding.UTF8.GetBytes(data));
        }

        Assert.True(turn.IsFinished);
        return turn.Build();
    }
}
