using Sympozium.Abstractions;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Grains.Runs;

/// <summary>A run as it will be executed: every reference resolved, every default filled in.</summary>
public sealed record RunPlan
{
    public required ResourceKey Run { get; init; }

    public required string RunUid { get; init; }

    public required string Instance { get; init; }

    public required string AgentId { get; init; }

    public required string SessionKey { get; init; }

    public required string Task { get; init; }

    /// <summary>The conversation to continue, as JSON; null when there is only the task.</summary>
    public string? Messages { get; init; }

    public required string SystemPrompt { get; init; }

    public required ModelRoute Model { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required ToolGate Tools { get; init; }

    /// <summary>ConfigMaps with skill files, in the order of the run's skills.</summary>
    public IReadOnlyList<string> SkillConfigMaps { get; init; } = [];

    /// <summary>Packs that were found only in the system namespace: their files have to be copied next to the run.</summary>
    public IReadOnlyList<SkillFiles> MirroredSkills { get; init; } = [];

    public required bool EgressAllowed { get; init; }

    /// <summary>RuntimeClass of the pod, which the policy demands; null for the node's default.</summary>
    public string? RuntimeClass { get; init; }

    /// <summary>Most tokens, by the rule that says so; null for no limit.</summary>
    public Ruled<long>? MaxTokens { get; init; }

    /// <summary>Most model calls, by the rule that says so; null for no limit.</summary>
    public Ruled<int>? MaxModelCalls { get; init; }

    /// <summary>What the agent container may use.</summary>
    public AgentResources Resources { get; init; } = AgentResources.Usual;

    public bool DryRun { get; init; }

    public IReadOnlyDictionary<string, string> Env { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> NodeSelector { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    public IReadOnlyList<string> ImagePullSecrets { get; init; } = [];

    /// <summary>Channel types that the agent may send messages to.</summary>
    public IReadOnlyList<string> Channels { get; init; } = [];

    /// <summary>W3C trace context that the pod continues.</summary>
    public string? TraceParent { get; init; }

    public string? TraceState { get; init; }

    /// <summary>Whether the control plane exports traces and takes the agent's spans.</summary>
    public bool ReportsSpans { get; init; }

    /// <summary>What the run's owner should know though it does not stop the run.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>Files of one skill pack.</summary>
/// <param name="Pack">Name of the pack.</param>
/// <param name="Files">Content by file name.</param>
public sealed record SkillFiles(string Pack, IReadOnlyDictionary<string, string> Files);

/// <summary>What the planner found: a plan, or everything that is wrong.</summary>
/// <param name="Plan">The plan; null when <paramref name="Problems"/> has an entry.</param>
/// <param name="Reason">Class of the first problem, one of <see cref="RunFailureReasons"/>.</param>
/// <param name="Problems">Everything that is wrong.</param>
public sealed record PlanResult(RunPlan? Plan, string? Reason, IReadOnlyList<ResourceProblem> Problems);
