namespace Sympozium.Grains.Runs;

/// <summary>What a run's objects depend on besides the plan: the same for all runs of an installation.</summary>
public sealed record JobRenderOptions
{
    /// <summary>Image of agent and ipc-bridge.</summary>
    public string RunnerImage { get; init; } = "ghcr.io/sympozium/runner:0.1.0";

    /// <summary>Base URL at which pods reach the gateway over the network, without a path.</summary>
    public required string GatewayUrl { get; init; }

    /// <summary>Directory on the node with the gateway's Unix socket, mounted into the pod; null where pods use the network.</summary>
    public string? GatewaySocketDirectory { get; init; }

    /// <summary>Where the gateway is for NetworkPolicies; null where pods are isolated in another way, or not by policies.</summary>
    public ControlPlanePeer? Gateway { get; init; }

    /// <summary>Where the bus is for NetworkPolicies, when pods speak on it by themselves.</summary>
    public IReadOnlyList<ControlPlanePeer> Bus { get; init; } = [];

    /// <summary>How long a finished Job is kept. Default 300 s.</summary>
    public TimeSpan TtlAfterFinished { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>What the Job may take longer than the agent's own timeout, so that the agent can report it. Default 60 s.</summary>
    public TimeSpan DeadlineGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the pod's containers get to end. Default 10 s.</summary>
    public TimeSpan TerminationGrace { get; init; } = TimeSpan.FromSeconds(10);
}
