using System.Globalization;
using System.Text;
using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Runs;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Tools;

namespace Sympozium.Runner.Agent;

/// <summary>
/// The loop: ask the model, run the tools that it asks for, tell it their results, until it answers without asking for a tool.
/// A tool that fails is a result like any other. All waiting is blocking and bounded by the process's lifetime.
/// </summary>
internal sealed class AgentLoop(
    AgentOptions options,
    ProcessLifetime lifetime,
    ModelClient model,
    ToolCatalog tools,
    StreamWriter stream,
    OutputFiles files,
    Transcript transcript,
    AgentTrace? trace)
{
    private readonly StringBuilder _accumulated = new();
    private long _inputTokens;
    private long _outputTokens;
    private int _toolCalls;
    private int _round;

    /// <summary>Everything the model said so far.</summary>
    public string Accumulated => _accumulated.ToString();

    /// <summary>Which round it is in, from 1.</summary>
    public int CurrentRound => _round;

    /// <summary>What was counted so far.</summary>
    public AgentMetrics Metrics => new()
    {
        DurationMs = (long)lifetime.Elapsed.TotalMilliseconds,
        InputTokens = _inputTokens,
        OutputTokens = _outputTokens,
        ToolCalls = _toolCalls,
    };

    /// <summary>Works on the task.</summary>
    /// <returns>The answer.</returns>
    /// <exception cref="ModelFailureException">The model gave none, or the rounds are used up.</exception>
    public string Run(Conversation conversation)
    {
        Replay(conversation);
        while (_round < options.MaxRounds)
        {
            _round++;
            files.Status(new AgentStatusUpdate { State = "thinking", Round = _round });
            long started = lifetime.Clock.GetTimestamp();
            ModelTurn turn = model.Complete(conversation.Request(options.Model, tools.Advertised), _round);
            Count(turn);
            RunnerLog.Info(string.Create(
                CultureInfo.InvariantCulture,
                $"round {_round}: {turn.ToolCalls.Count} tool calls, {turn.Text.Length} characters, {turn.InputTokens}+{turn.OutputTokens} tokens, {Milliseconds(started)} ms"));
            if (turn.ToolCalls.Count == 0)
            {
                return Answer(turn);
            }

            byte[] message = Conversation.Assistant(turn);
            transcript.Round(turn, message);
            foreach (ToolCall call in turn.ToolCalls)
            {
                stream.ToolCall(call);
            }

            stream.Flush();
            conversation.Add(message);
            RunTools(conversation, turn, new byte[]?[turn.ToolCalls.Count]);
        }

        throw new ModelFailureException(
            RunFailureReasons.IterationLimit,
            $"The agent used all its {options.MaxRounds} model rounds without an answer; raise {PodEnvironment.MaxToolIterations} or give it a smaller task.");
    }

    private void Replay(Conversation conversation)
    {
        IReadOnlyList<RecordedRound> rounds = transcript.Read();
        if (rounds.Count == 0)
        {
            return;
        }

        RunnerLog.Info($"Going on after round {rounds.Count} of an earlier attempt of this run.");
        if (stream.WasResumed)
        {
            stream.Reset();
        }

        foreach (RecordedRound round in rounds)
        {
            _round++;
            Count(round.Turn);
            conversation.Add(round.Message);
            RunTools(conversation, round.Turn, round.Results);
        }
    }

    private void Count(ModelTurn turn)
    {
        _inputTokens += turn.InputTokens;
        _outputTokens += turn.OutputTokens;
        _toolCalls += turn.ToolCalls.Count;
        if (turn.Text.Length > 0)
        {
            _accumulated.Append(_accumulated.Length > 0 ? "\n\n" : "").Append(turn.Text);
        }
    }

    private string Answer(ModelTurn turn)
    {
        string[] candidates = [turn.Text, Accumulated, turn.Reasoning];
        foreach (string candidate in candidates)
        {
            if (!string.IsNullOrWhiteSpace(candidate))
            {
                return candidate;
            }
        }

        return "The model ended without an answer.";
    }

    private void RunTools(Conversation conversation, ModelTurn turn, byte[]?[] results)
    {
        var open = new List<int>(results.Length);
        for (int i = 0; i < results.Length; i++)
        {
            if (results[i] is null)
            {
                open.Add(i);
            }
        }

        if (open.Count > 0)
        {
            string names = string.Join(", ", open.ConvertAll(i => turn.ToolCalls[i].Name));
            files.Status(new AgentStatusUpdate { State = "tool", Round = _round, Tool = names });
            ParallelCalls.Run(open, options.MaxParallelTools, i => results[i] = RunTool(turn.ToolCalls[i], i));
        }

        foreach (byte[]? result in results)
        {
            conversation.Add(result!);
        }
    }

    private byte[] RunTool(ToolCall call, int index)
    {
        long started = lifetime.Clock.GetTimestamp();
        ToolSpan? span = trace?.BeginTool();
        ToolResult result = tools.Execute(call);
        trace?.EndTool(span!.Value, call, _round, result.IsError);
        lifetime.ThrowIfStopping();
        RunnerLog.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"round {_round}: tool {call.Name} {(result.IsError ? "failed" : "done")}, {result.Text.Length} characters, {Milliseconds(started)} ms"));
        byte[] message = Conversation.ToolResult(call, result.Text);
        transcript.Result(index, message);
        stream.ToolResult(call, result.Text, result.IsError);
        stream.Flush();
        return message;
    }

    private long Milliseconds(long since) => (long)lifetime.Clock.GetElapsedTime(since).TotalMilliseconds;
}
