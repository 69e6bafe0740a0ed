using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Runs;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.Output;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Cli.Runs;

/// <summary>Finds the pod whose log a person means by the name of a run or of a pod.</summary>
internal sealed class PodFinder(ClusterSession cluster, TimeProvider time)
{
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(100);

    /// <param name="name"><c>NAME</c>, <c>run/NAME</c> or <c>pod/NAME</c>; a plain name is a run if there is one.</param>
    /// <param name="wait">Whether to wait for the pod of a run that has not started.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<JsonObject> FindAsync(string name, bool wait, CancellationToken cancellationToken)
    {
        string[] parts = name.Split('/', 2);
        string plain = parts[^1];
        bool isPair = parts.Length == 2;
        bool mayBeRun = !isPair || (await cluster.FindAsync(parts[0], cancellationToken)).Type == AgentRuns.Type;
        bool isRun = mayBeRun && (isPair || await AgentRuns.GetAsync(cluster, plain, cancellationToken) is not null);
        if (isRun)
        {
            return await OfRunAsync(plain, wait, cancellationToken);
        }
        return await cluster.Client.GetAsync(CoreTypes.Pods, cluster.Namespace, plain, cancellationToken)
            ?? throw new CliException(ExitCodes.NotFound, $"there is no {(mayBeRun ? "run or " : "")}pod '{plain}' in namespace '{cluster.Namespace}'");
    }

    private async Task<JsonObject> OfRunAsync(string run, bool wait, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await LatestAsync(run, cancellationToken) is { } pod && (!wait || HasStarted(pod)))
            {
                return pod;
            }
            JsonObject resource = await AgentRuns.GetAsync(cluster, run, cancellationToken)
                ?? throw new CliException(ExitCodes.NotFound, $"there is no run '{run}' in namespace '{cluster.Namespace}'");
            string phase = AgentRuns.PhaseOf(resource);
            if (!wait || RunPhase.IsTerminal(phase))
            {
                throw new CliException(ExitCodes.NotFound, RunPhase.IsTerminal(phase)
                    ? $"run '{run}' is {phase} and its pod is gone; 'sympozium describe agentrun {run}' shows the result"
                    : $"run '{run}' is {phase} and has no pod yet; -f waits for it");
            }
            await Task.Delay(PollPeriod, time, cancellationToken);
        }
    }

    private async Task<JsonObject?> LatestAsync(string run, CancellationToken cancellationToken)
    {
        ListOptions labels = new() { LabelSelector = $"{SympoziumNames.RunLabel}={run}" };
        ResourceList pods = await cluster.Client.ListAsync(CoreTypes.Pods, cluster.Namespace, labels, cancellationToken);
        return pods.Items.MaxBy(p => $"{p["metadata"]?["creationTimestamp"]} {ResourceNames.NameOf(p)}", StringComparer.Ordinal);
    }

    private static bool HasStarted(JsonObject pod) => pod["status"]?["phase"]?.GetValue<string>() is "Running" or "Succeeded" or "Failed";
}
