namespace Sympozium.Abstractions.Policies;

/// <summary>The features that a policy can switch off, and the tools that are gone then.</summary>
public static class Features
{
    /// <summary>Feature: a run may be the child of another one.</summary>
    public const string SubAgents = "sub-agents";

    private static readonly (string Feature, string[] Tools)[] Known =
    [
        ("browser-automation", ["browser_*"]),
        ("channels", ["send_channel_message"]),
        ("code-execution", ["execute_command"]),
        ("file-access", ["edit_file", "list_directory", "read_file", "write_file"]),
        ("memory", ["memory_*"]),
        ("schedules", ["schedule_task"]),
        (SubAgents, ["delegate_to_persona", "spawn_subagents"]),
        ("web-access", ["fetch_url"]),
    ];

    /// <summary>All names that mean something.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(known => known.Feature)];

    internal static IEnumerable<ToolLayer> Layers(IReadOnlyDictionary<string, bool>? gates, PolicySource source)
    {
        ToolRule[] rules = [.. Known.Where(known => gates is not null && gates.TryGetValue(known.Feature, out bool open) && !open)
            .SelectMany(known => known.Tools.Select(tool => new ToolRule(tool, ToolAction.Deny, $"spec.featureGates.{known.Feature}")))];
        return rules.Length == 0 ? [] : [new ToolLayer(source.ToString(), ToolAction.Allow, "spec.featureGates", rules)];
    }
}
