using Sympozium.Abstractions;

namespace Sympozium.Kubernetes.Api;

/// <summary>The product's own resources.</summary>
public static class SympoziumTypes
{
    public static readonly ResourceType Instances = Of("sympoziuminstances", "SympoziumInstance");
    public static readonly ResourceType Agents = Of("agents", "Agent");
    public static readonly ResourceType AgentRuns = Of("agentruns", "AgentRun");
    public static readonly ResourceType Policies = Of("sympoziumpolicies", "SympoziumPolicy");
    public static readonly ResourceType Configs = Of("sympoziumconfigs", "SympoziumConfig");
    public static readonly ResourceType SkillPacks = Of("skillpacks", "SkillPack");
    public static readonly ResourceType Schedules = Of("sympoziumschedules", "SympoziumSchedule");
    public static readonly ResourceType Ensembles = Of("ensembles", "Ensemble");
    public static readonly ResourceType PersonaPacks = Of("personapacks", "PersonaPack");
    public static readonly ResourceType McpServers = Of("mcpservers", "MCPServer");
    public static readonly ResourceType Models = Of("models", "Model");
    public static readonly ResourceType ToolApprovals = Of("toolapprovals", "ToolApproval");

    /// <summary>All of them, in the order in which manifests should be applied.</summary>
    public static IReadOnlyList<ResourceType> All { get; } =
        [Policies, Configs, SkillPacks, Models, McpServers, Instances, Agents, Ensembles, PersonaPacks, Schedules, AgentRuns, ToolApprovals];

    private static ResourceType Of(string plural, string kind) => new(SympoziumNames.Group, SympoziumNames.Version, plural, kind);
}
