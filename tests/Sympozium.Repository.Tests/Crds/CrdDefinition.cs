using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Repository.Tests.Crds;

/// <summary>What a CRD says besides the schema of its records.</summary>
internal sealed record CrdDefinition(ResourceType Type, Type Spec, Type Status, IReadOnlyList<SpellingRule> Spellings)
{
    public string[] ShortNames { get; init; } = [];

    public PrinterColumn[] Columns { get; init; } = [];

    /// <summary>Fields that <c>--field-selector</c> may name.</summary>
    public string[] SelectableFields { get; init; } = [];

    /// <summary>Whether the kind has replicas that <c>kubectl scale</c> may change: spec.replicas, status.replicas, status.selector.</summary>
    public bool Scales { get; init; }

    public static IReadOnlyList<CrdDefinition> All { get; } =
    [
        Instance(SympoziumTypes.Instances, "si", "inst"),
        Instance(SympoziumTypes.Agents),
        new(SympoziumTypes.AgentRuns, typeof(AgentRunSpec), typeof(AgentRunStatus), Abstractions.Resources.Spellings.AgentRun)
        {
            ShortNames = ["ar", "run"],
            SelectableFields = [".status.phase"],
            Columns =
            [
                PrinterColumn.Instance,
                PrinterColumn.Phase,
                new("Reason", "string", ".status.reason", "Why the run is in this phase"),
                new("Pod", "string", ".status.podName", "Pod of the run"),
                new("Model", "string", ".spec.model['name','model']", "Model, when the run names one", Wide: true),
                new("Tokens", "integer", ".status.tokenUsage.totalTokens", "Tokens used so far", Wide: true),
                new("Tools", "integer", ".status.tokenUsage.toolCalls", "Tool calls so far", Wide: true),
                new("Error", "string", ".status.error", "What went wrong", Wide: true),
                PrinterColumn.Age,
            ],
        },
        new(SympoziumTypes.Policies, typeof(PolicySpec), typeof(PolicyStatus), Abstractions.Resources.Spellings.Policy)
        {
            ShortNames = ["spol"],
            Columns =
            [
                new("Template", "string", ".spec.template", "Template that the policy starts from"),
                new("Bound", "integer", ".status.boundInstances", "Instances that name the policy"),
                PrinterColumn.Age,
            ],
        },
        new(SympoziumTypes.Configs, typeof(ConfigSpec), typeof(ConfigStatus), Abstractions.Resources.Spellings.None)
        {
            ShortNames = ["sconf"],
            Columns =
            [
                new("Policy", "string", ".spec.policyRef", "Policy of the whole cluster"),
                new("Gateway", "boolean", ".status.gateway.ready", "Whether the entrance takes requests"),
                new("Domain", "string", ".spec.gateway.baseDomain", "Domain of the agents' host names"),
                new("Canary", "boolean", ".spec.canary.enabled", "Whether the platform checks itself", Wide: true),
                new("Health", "string", ".status.canary.healthStatus", "What the last check says", Wide: true),
                PrinterColumn.Phase,
                PrinterColumn.Age,
            ],
        },
        new(SympoziumTypes.SkillPacks, typeof(SkillPackSpec), typeof(SkillPackStatus), Abstractions.Resources.Spellings.None)
        {
            ShortNames = ["sp"],
            Columns =
            [
                new("Skills", "integer", ".status.skillCount", "Number of skills"),
                new("ConfigMap", "string", ".status.configMapName", "ConfigMap with the skills' files"),
                new("Sidecar", "string", ".spec.sidecar.image", "Image of the pack's sidecar", Wide: true),
                new("Version", "string", ".spec.version", "Version of the pack", Wide: true),
                PrinterColumn.Age,
            ],
        },
        new(SympoziumTypes.Schedules, typeof(ScheduleSpec), typeof(ScheduleStatus), Abstractions.Resources.Spellings.Schedule)
        {
            ShortNames = ["sched"],
            Columns =
            [
                PrinterColumn.Instance,
                new("Schedule", "string", ".spec.schedule", "Cron expression"),
                new("Timezone", "string", ".spec['timezone','timeZone']", "Time zone of the expression; default UTC", Wide: true),
                new("Type", "string", ".spec.type", "What the runs are for"),
                new("Suspend", "boolean", ".spec.suspend", "Whether no runs are started", Wide: true),
                PrinterColumn.Phase,
                new("Last Run", "date", ".status.lastRunTime", "When the last run was started"),
                new("Next Run", "string", ".status.nextRunTime", "When the next run is due", Wide: true),
                PrinterColumn.Age,
            ],
        },
        Ensemble(SympoziumTypes.Ensembles, "ens"),
        Ensemble(SympoziumTypes.PersonaPacks, "pp"),
        new(SympoziumTypes.McpServers, typeof(McpServerSpec), typeof(McpServerStatus), Abstractions.Resources.Spellings.None)
        {
            ShortNames = ["mcp"],
            Scales = true,
            Columns =
            [
                new("Transport", "string", ".spec.transportType", "How the server speaks"),
                new("Ready", "boolean", ".status.ready", "Whether its tools can be called"),
                new("Suspended", "boolean", ".spec.suspended", "Whether it is stopped for now"),
                new("URL", "string", ".status.url", "Its endpoint"),
                new("Tools", "integer", ".status.toolCount", "Number of its tools"),
                new("Prefix", "string", ".spec.toolsPrefix", "Beginning of its tools' names", Wide: true),
                PrinterColumn.Age,
            ],
        },
        new(SympoziumTypes.Models, typeof(ModelSpec), typeof(ModelStatus), Abstractions.Resources.Spellings.Model)
        {
            ShortNames = ["mdl"],
            Columns =
            [
                new("Server", "string", ".spec.inference.serverType", "Kind of server"),
                PrinterColumn.Phase,
                new("Endpoint", "string", ".status.endpoint", "Base URL of its endpoint"),
                new("GPU", "integer", ".spec.resources.gpu", "GPUs that it takes"),
                new("Node", "string", ".status.placedNode", "Node that was chosen", Wide: true),
                PrinterColumn.Age,
            ],
        },
        new(SympoziumTypes.ToolApprovals, typeof(ToolApprovalSpec), typeof(ToolApprovalStatus), Abstractions.Resources.Spellings.None)
        {
            ShortNames = ["ta"],
            SelectableFields = [".spec.runRef", ".status.phase"],
            Columns =
            [
                new("Run", "string", ".spec.runRef", "Run that waits"),
                new("Tool", "string", ".spec.tool", "Tool that it wants to call"),
                PrinterColumn.Phase,
                new("Decided By", "string", ".status.decidedBy", "Who answered"),
                new("Expires", "string", ".status.expiresAt", "When the call stops waiting", Wide: true),
                PrinterColumn.Age,
            ],
        },
    ];

    private static CrdDefinition Instance(ResourceType type, params string[] shortNames) =>
        new(type, typeof(InstanceSpec), typeof(InstanceStatus), Abstractions.Resources.Spellings.Instance)
        {
            ShortNames = shortNames,
            Columns =
            [
                PrinterColumn.Phase,
                new("Active Agents", "integer", ".status.activeAgentPods", "Runs whose pods are alive"),
                new("Total Runs", "integer", ".status.totalAgentRuns", "Runs that exist"),
                new("Model", "string", ".spec.agents.default.model", "Model of the agent, where it is spelled so", Wide: true),
                new("Policy", "string", ".spec['policyRef','policy']", "Policy of the agent", Wide: true),
                PrinterColumn.Age,
            ],
        };

    private static CrdDefinition Ensemble(ResourceType type, string shortName) =>
        new(type, typeof(EnsembleSpec), typeof(EnsembleStatus), Abstractions.Resources.Spellings.Ensemble)
        {
            ShortNames = [shortName],
            Columns =
            [
                new("Enabled", "boolean", ".spec.enabled", "Whether the personas are made"),
                new("Personas", "integer", ".status.personaCount", "Personas of the team"),
                new("Installed", "integer", ".status.installedCount", "Personas that were made"),
                new("Workflow", "string", ".spec.workflowType", "How the personas work together"),
                PrinterColumn.Phase,
                new("Category", "string", ".spec.category", "Category for catalogs", Wide: true),
                new("Version", "string", ".spec.version", "Version of the team", Wide: true),
                PrinterColumn.Age,
            ],
        };
}
