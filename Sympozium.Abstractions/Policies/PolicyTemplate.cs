using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Policies;

/// <summary>The templates as the fields they stand for. A policy's own fields override them, each as a whole.</summary>
public static class PolicyTemplate
{
    /// <summary>All tools, open network: clusters of developers, demonstrations.</summary>
    public const string Permissive = "Permissive";

    /// <summary>Commands need an approval, everything else is allowed, the network is closed: general use.</summary>
    public const string Default = "Default";

    /// <summary>No tool that is not allowed, sandbox, closed network: production.</summary>
    public const string Restrictive = "Restrictive";

    private const int ChildDepth = 3;
    private const int ChildrenAtOnce = 5;

    /// <summary>The fields of a template; null for none.</summary>
    public static PolicySpec? Expand(string? template) => template switch
    {
        Permissive => new PolicySpec
        {
            ToolGating = new ToolGatingSpec { DefaultAction = "allow" },
            SandboxPolicy = new SandboxPolicySpec { Required = false, AllowHostMounts = false },
            NetworkPolicy = new NetworkPolicySpec { DenyAll = false },
        },
        Default => new PolicySpec
        {
            ToolGating = new ToolGatingSpec { DefaultAction = "allow", Rules = [new ToolRuleSpec { Tool = "execute_command", Action = "ask" }] },
            SandboxPolicy = new SandboxPolicySpec { Required = false, AllowHostMounts = false },
            SubagentPolicy = new SubagentPolicySpec { MaxDepth = ChildDepth, MaxConcurrent = ChildrenAtOnce },
            NetworkPolicy = new NetworkPolicySpec { DenyAll = true },
        },
        Restrictive => new PolicySpec
        {
            ToolGating = new ToolGatingSpec { DefaultAction = "deny" },
            SandboxPolicy = new SandboxPolicySpec { Required = true, AllowHostMounts = false, SeccompProfile = new SeccompProfileSpec { Type = "RuntimeDefault" } },
            SubagentPolicy = new SubagentPolicySpec { MaxDepth = ChildDepth, MaxConcurrent = ChildrenAtOnce },
            NetworkPolicy = new NetworkPolicySpec { DenyAll = true },
        },
        _ => null,
    };
}
