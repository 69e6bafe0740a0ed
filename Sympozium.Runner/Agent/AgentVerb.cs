using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Runs;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Tools;

namespace Sympozium.Runner.Agent;

/// <summary>The verb <c>agent</c>: one run from its input to its result.</summary>
internal static class AgentVerb
{
    /// <summary>Runs it; whatever happens, a result is written.</summary>
    public static int Run(TimeProvider clock)
    {
        using var lifetime = new ProcessLifetime(clock);
        lifetime.HandleSignals();
        AgentOptions options;
        try
        {
            options = AgentOptions.FromEnvironment();
        }
        catch (FormatException e)
        {
            RunnerLog.Error(e.Message);
            return ExitCodes.UsageError;
        }

        var files = new OutputFiles(options);
        if (files.EarlierResult() is { } earlier)
        {
            RunnerLog.Info("An earlier process of this pod has finished the run already.");
            return OutputFiles.Repeat(earlier);
        }

        if (options.RunTimeout is { } timeout)
        {
            lifetime.SetDeadline(timeout);
        }

        var trace = AgentTrace.Start(options, clock);
        AgentResult result = Work(trace is null ? options : options with { TraceParent = trace.TraceParent }, lifetime, files, trace);
        if (result.Error is not null)
        {
            RunnerLog.Error($"The run failed ({result.Reason ?? "no reason"}): {result.Error}");
        }

        // Before the result: the run ends with that.
        trace?.End(result);
        files.Result(result);
        return result.Status == AgentResultStatus.Success ? ExitCodes.Success : ExitCodes.Failed;
    }

    private static AgentResult Work(AgentOptions options, ProcessLifetime lifetime, OutputFiles files, AgentTrace? trace)
    {
        AgentLoop? loop = null;
        try
        {
            AgentInput input = AgentInput.Read(options);
            if (options.DryRun)
            {
                return new AgentResult { Status = AgentResultStatus.Success, Response = $"DRY RUN: would execute task: {input.Task}", Metrics = new AgentMetrics() };
            }

            var stream = new StreamWriter(options);
            using var model = new ModelClient(options, lifetime, stream);
            var tools = new ToolCatalog(BuiltInTools.Create(options, lifetime), ToolGate.Read(Environment.GetEnvironmentVariable(PodEnvironment.ToolGate)));
            loop = new AgentLoop(options, lifetime, model, tools, stream, files, new Transcript(options), trace);
            string prompt = SkillPrompt.Compose(input.SystemPrompt, options.SkillsRoot, options.MaxSkillBytes);
            string answer = loop.Run(new Conversation(input, prompt));
            return new AgentResult { Status = AgentResultStatus.Success, Response = answer, Metrics = loop.Metrics };
        }
        catch (StoppedException e)
        {
            return Stopped(e.Reason, options, loop);
        }
        catch (ModelFailureException e)
        {
            return Failure(loop, e.Reason, e.Message);
        }
        catch (FormatException e)
        {
            return Failure(loop, RunFailureReasons.InvalidSpec, e.Message);
        }
        catch (Exception e)
        {
            RunnerLog.Error(e.ToString());
            return Failure(loop, RunFailureReasons.ContainerFailed, $"The agent failed: {e.Message}");
        }
    }

    private static AgentResult Stopped(StopReason reason, AgentOptions options, AgentLoop? loop)
    {
        string where = loop is null ? "before its first round" : $"in round {loop.CurrentRound}";
        return reason == StopReason.TimedOut
            ? Failure(loop, RunFailureReasons.Timeout, $"The run took longer than its timeout of {options.RunTimeout!.Value.TotalSeconds:0} seconds; it was {where}.")
            : Failure(loop, null, $"The agent was asked to stop (SIGTERM) {where}.");
    }

    private static AgentResult Failure(AgentLoop? loop, string? reason, string message) => new()
    {
        Status = AgentResultStatus.Error,
        Response = loop is { Accumulated.Length: > 0 } ? loop.Accumulated : null,
        Error = message,
        Reason = reason,
        Metrics = loop?.Metrics,
    };
}
