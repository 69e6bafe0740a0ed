using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Resources;

/// <summary>
/// What a manifest asks for and this version does not do: said when it is applied, never ignored in silence. A line goes when its field
/// gets its meaning.
/// </summary>
public static class ResourceWarnings
{
    private const string NoEffect = "is stored and has no effect in this version";

    /// <summary>Warnings of a resource whose record could be read.</summary>
    public static IReadOnlyList<string> Of(string kind, object record) => record switch
    {
        AgentRunSpec run => Lines(Of(run)),
        InstanceSpec instance => Lines(Of(instance)),
        SkillPackSpec pack => Lines(Of(pack)),
        ScheduleSpec => [$"{kind} {NoEffect}: no runs are started by schedules yet"],
        EnsembleSpec => [$"{kind} {NoEffect}: its personas are not made yet"],
        McpServerSpec => [$"{kind} {NoEffect}: MCP servers are neither started nor asked yet"],
        ModelSpec => [$"{kind} {NoEffect}: models are neither downloaded nor served yet"],
        ToolApprovalSpec => [$"{kind} {NoEffect}: a tool that a policy asks for is refused"],
        _ => [],
    };

    private static (string Path, bool Given)[] Of(AgentRunSpec run) =>
    [
        ("spec.agentSandbox", run.AgentSandbox is { Enabled: true }),
        ("spec.canaryMode", run.CanaryMode is true),
        ("spec.cleanup", run.Cleanup is "keep"),
        ("spec.lifecycle", run.Lifecycle is not null),
        ("spec.mode", run.Mode is "server"),
        ("spec.model.modelRef", run.Model?.ModelRef is not null),
        ("spec.model.providerHeadersSecretRef", run.Model?.ProviderHeadersSecretRef is not null),
        ("spec.model.thinking", run.Model?.Thinking is not null),
        ("spec.sandbox.image", run.Sandbox?.Image is not null),
        ("spec.task.mode", run.Task is JsonObject),
        ("spec.useContext", run.UseContext is false),
        ("spec.volumeMounts", run.VolumeMounts is { Count: > 0 }),
        ("spec.volumes", run.Volumes is { Count: > 0 }),
    ];

    private static (string Path, bool Given)[] Of(InstanceSpec instance)
    {
        AgentSettings settings = instance.Agents?.Default ?? new AgentSettings();
        return
        [
            ("spec.agents.default.agentSandbox", settings.AgentSandbox is { Enabled: true }),
            ("spec.agents.default.lifecycle", settings.Lifecycle is not null),
            ("spec.agents.default.providerHeadersSecretRef", settings.ProviderHeadersSecretRef is not null),
            ("spec.agents.default.sandbox.image", settings.Sandbox?.Image is not null),
            ("spec.agents.default.subagents", settings.Subagents is not null),
            ("spec.agents.default.thinking", settings.Thinking is not null),
            ("spec.channels", instance.Channels is { Count: > 0 }),
            ("spec.mcpServers", instance.McpServers is { Count: > 0 }),
            ("spec.memory", instance.Memory is { Enabled: not false }),
            ("spec.observability", instance.Observability is { Enabled: true }),
            ("spec.volumeMounts", instance.VolumeMounts is { Count: > 0 }),
            ("spec.volumes", instance.Volumes is { Count: > 0 }),
        ];
    }

    private static (string Path, bool Given)[] Of(SkillPackSpec pack) =>
    [
        ("spec.runtimeRequirements", pack.RuntimeRequirements is not null),
        ("spec.sidecar", pack.Sidecar is not null),
    ];

    private static string[] Lines((string Path, bool Given)[] fields) => [.. fields.Where(field => field.Given).Select(field => $"{field.Path}: {NoEffect}")];
}
