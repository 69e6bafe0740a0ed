using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Repository.Tests.Crds;

/// <summary>What a CRD says besides the schema of its records.</summary>
internal sealed record CrdDefinition(
    ResourceType Type,
    Type Spec,
    Type Status,
    IReadOnlyList<SpellingRule> Spellings,
    string[] ShortNames,
    (string Name, string Type, string Path)[] Columns)
{
    private static readonly (string, string, string) Age = ("Age", "date", ".metadata.creationTimestamp");

    private static readonly (string, string, string)[] InstanceColumns =
    [
        ("Phase", "string", ".status.phase"),
        ("Active Agents", "integer", ".status.activeAgentPods"),
        ("Total Runs", "integer", ".status.totalAgentRuns"),
        Age,
    ];

    public static IReadOnlyList<CrdDefinition> All { get; } =
    [
        new(SympoziumTypes.Instances, typeof(InstanceSpec), typeof(InstanceStatus), Sympozium.Abstractions.Resources.Spellings.Instance, ["si", "inst"], InstanceColumns),
        new(SympoziumTypes.Agents, typeof(InstanceSpec), typeof(InstanceStatus), Sympozium.Abstractions.Resources.Spellings.Instance, [], InstanceColumns),
        new(
            SympoziumTypes.AgentRuns, typeof(AgentRunSpec), typeof(AgentRunStatus), Sympozium.Abstractions.Resources.Spellings.AgentRun, ["ar", "run"],
            [("Agent", "string", ".spec.instanceRef"), ("Phase", "string", ".status.phase"), ("Reason", "string", ".status.reason"), ("Pod", "string", ".status.podName"), Age]),
        new(
            SympoziumTypes.Policies, typeof(PolicySpec), typeof(PolicyStatus), Sympozium.Abstractions.Resources.Spellings.Policy, ["spol"],
            [("Template", "string", ".spec.template"), ("Bound", "integer", ".status.boundInstances"), Age]),
        new(
            SympoziumTypes.Configs, typeof(ConfigSpec), typeof(ConfigStatus), Sympozium.Abstractions.Resources.Spellings.Config, ["sconf"],
            [("Policy", "string", ".spec.policyRef"), ("Phase", "string", ".status.phase"), Age]),
        new(
            SympoziumTypes.SkillPacks, typeof(SkillPackSpec), typeof(SkillPackStatus), Sympozium.Abstractions.Resources.Spellings.SkillPack, ["sp"],
            [("Skills", "integer", ".status.skillCount"), ("ConfigMap", "string", ".status.configMapName"), Age]),
    ];
}
