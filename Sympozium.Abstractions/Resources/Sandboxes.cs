using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Sympozium.Abstractions.Resources;

/// <summary>Container in which the agent's commands run.</summary>
public sealed record SandboxSpec
{
    /// <summary>Whether there is one.</summary>
    public required bool Enabled { get; init; }

    /// <summary>Its image; default that of the policy, else that of the installation.</summary>
    public string? Image { get; init; }

    /// <summary>When the image is pulled.</summary>
    [AllowedWords("Always", "IfNotPresent", "Never")]
    public string? ImagePullPolicy { get; init; }

    /// <summary>What its processes may do.</summary>
    public SandboxSecuritySpec? SecurityContext { get; init; }

    /// <summary>What it asks for and may use.</summary>
    public ResourcesSpec? Resources { get; init; }
}

/// <summary>What the processes of a sandbox may do.</summary>
public sealed record SandboxSecuritySpec
{
    /// <summary>Whether the container's root is read-only; default true.</summary>
    public bool? ReadOnlyRootFilesystem { get; init; }

    /// <summary>Whether the container must not run as root; default true.</summary>
    public bool? RunAsNonRoot { get; init; }

    /// <summary>Linux capabilities.</summary>
    public CapabilitiesSpec? Capabilities { get; init; }

    /// <summary>Seccomp profile; default RuntimeDefault.</summary>
    public SeccompProfileSpec? SeccompProfile { get; init; }
}

/// <summary>Linux capabilities of a container.</summary>
public sealed record CapabilitiesSpec
{
    /// <summary>Capabilities to take away; default ALL.</summary>
    public IReadOnlyList<string>? Drop { get; init; }
}

/// <summary>Sandbox by the agent-sandbox project: the whole agent pod in a runtime of its own, such as gVisor or Kata.</summary>
public sealed record AgentSandboxSpec
{
    /// <summary>Whether runs use it.</summary>
    public required bool Enabled { get; init; }

    /// <summary>Runtime class of the pod.</summary>
    public string? RuntimeClass { get; init; }

    /// <summary>Pods kept ready for an instance.</summary>
    public WarmPoolSpec? WarmPool { get; init; }

    /// <summary>Pool that a run takes its pod from.</summary>
    public string? WarmPoolRef { get; init; }

    /// <summary>What the pod asks for and may use.</summary>
    public ResourcesSpec? Resources { get; init; }
}

/// <summary>Pods that wait for runs.</summary>
public sealed record WarmPoolSpec
{
    /// <summary>How many pods wait.</summary>
    [DefaultValue(2)]
    [Range(0, 1000)]
    public int? Size { get; init; }

    /// <summary>Runtime class of the pods.</summary>
    public string? RuntimeClass { get; init; }

    /// <summary>What each pod asks for and may use.</summary>
    public ResourcesSpec? Resources { get; init; }
}

/// <summary>Limits of the runs that a run starts.</summary>
public sealed record SubagentsSpec
{
    /// <summary>How deep a chain of runs may be.</summary>
    [DefaultValue(2)]
    [Range(0, 100)]
    public int? MaxDepth { get; init; }

    /// <summary>How many of them may run at the same time.</summary>
    [DefaultValue(5)]
    [Range(0, 10_000)]
    public int? MaxConcurrent { get; init; }

    /// <summary>How many one run may start.</summary>
    [DefaultValue(3)]
    [Range(0, 10_000)]
    public int? MaxChildrenPerAgent { get; init; }
}
