using System.ComponentModel;

namespace Sympozium.Abstractions.Resources;

/// <summary>Containers that run before and after the agent, and whether one of them decides on the answer.</summary>
public sealed record LifecycleSpec
{
    /// <summary>Run before the agent, one after the other, and see its workspace.</summary>
    public IReadOnlyList<HookSpec>? PreRun { get; init; }

    /// <summary>Run after the agent, one after the other, and see its result.</summary>
    public IReadOnlyList<HookSpec>? PostRun { get; init; }

    /// <summary>Rights of the hooks in the run's namespace.</summary>
    public IReadOnlyList<RbacRuleSpec>? Rbac { get; init; }

    /// <summary>What becomes of the answer when the gate gives no verdict.</summary>
    [DefaultValue("block")]
    [AllowedWords("allow", "block")]
    public string? GateDefault { get; init; }
}

/// <summary>One hook.</summary>
public sealed record HookSpec
{
    /// <summary>Name; no two hooks of one list share it.</summary>
    public required string Name { get; init; }

    /// <summary>Image of its container.</summary>
    public required string Image { get; init; }

    /// <summary>When the image is pulled.</summary>
    [AllowedWords("Always", "IfNotPresent", "Never")]
    public string? ImagePullPolicy { get; init; }

    /// <summary>Command instead of the image's own.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Arguments of the command.</summary>
    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>Its environment variables.</summary>
    public IReadOnlyList<VariableSpec>? Env { get; init; }

    /// <summary>Most time that it may take, as a Go duration; default 5m.</summary>
    public string? Timeout { get; init; }

    /// <summary>Whether this hook decides on the answer; at most one, after the agent.</summary>
    public bool? Gate { get; init; }
}
