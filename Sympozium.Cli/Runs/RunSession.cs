using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.Output;
using Sympozium.Cli.Terminals;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Cli.Runs;

/// <summary>Follows one run on the terminal, cancels it on Ctrl-C, prints its end. Used by <c>run</c> and <c>demo</c>.</summary>
internal sealed class RunSession(ClusterSession cluster, CliContext context)
{
    private static readonly TimeSpan CancelTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Returns the exit code that the run deserves. <paramref name="format"/> is json, yaml, or text: the answer.</summary>
    public async Task<int> FollowAsync(string name, string format, CancellationToken cancellationToken)
    {
        LiveRunView view = new(context.Terminal, context.Time);
        RunFollower follower = new(cluster, view, context.Time);
        try
        {
            JsonObject run = await follower.FollowAsync(name, cancellationToken);
            view.EndLine();
            return Print(run, view, format);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            view.EndLine();
            await CancelAsync(name, follower);
            return ExitCodes.Interrupted;
        }
    }

    private async Task CancelAsync(string name, RunFollower follower)
    {
        context.Terminal.Say($"Cancelling run '{name}'; Ctrl-C again leaves it alone.", Tone.Warning);
        using CancellationTokenSource limit = new(CancelTimeout, context.Time);
        JsonObject cancel = new() { ["spec"] = new JsonObject { ["cancel"] = true } };
        try
        {
            await cluster.Client.PatchAsync(AgentRuns.Type, cluster.Namespace, name, new Patch(PatchType.Merge, cancel), null, limit.Token);
            await follower.FollowAsync(name, limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or KubernetesException or CliException)
        {
            context.Terminal.Warn($"whether run '{name}' has ended is not known ({e.Message}); 'sympozium get agentrun {name}' tells");
        }
    }

    private int Print(JsonObject run, LiveRunView view, string format)
    {
        ITerminal terminal = context.Terminal;
        string phase = AgentRuns.PhaseOf(run);
        (run["metadata"] as JsonObject)?.Remove("managedFields");
        string? answer = AgentRuns.ResultOf(run);
        bool succeeded = phase == RunPhase.Succeeded;
        if (!OutputFormats.WriteObject(terminal.Out, run, format) && answer is not null)
        {
            // Once is enough for a person who has just seen it stream in; a file or a pipe gets it in any case.
            bool shown = terminal.OutIsInteractive && terminal.ErrorIsInteractive && view.StreamedAnswer.Trim() == answer.Trim();
            if (!shown)
            {
                terminal.Say(succeeded ? "\nResult" : "\nResult so far", Tone.Strong);
                terminal.Print(answer);
            }
        }
        if (AgentRunSummary.Usage(run["status"]?["tokenUsage"] as JsonObject) is { Length: > 0 } usage)
        {
            terminal.Say($"\n{terminal.Paint(Tone.Quiet, "usage")}  {usage}");
        }
        if (succeeded)
        {
            return ExitCodes.Ok;
        }
        string reason = AgentRuns.ReasonOf(run) is { } given ? $" ({given})" : "";
        terminal.Fail($"run '{ResourceNames.NameOf(run)}' is {phase}{reason}: {AgentRuns.ErrorOf(run) ?? "no further message"}");
        return ExitCodes.RunFailed;
    }
}
