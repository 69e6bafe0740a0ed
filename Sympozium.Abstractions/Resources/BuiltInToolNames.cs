namespace Sympozium.Abstractions.Resources;

/// <summary>Names of the tools that every agent may have without a skill pack; a pack's own tools must not take them.</summary>
public static class BuiltInToolNames
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "execute_command", "read_file", "list_directory", "write_file", "edit_file", "fetch_url", "send_channel_message", "schedule_task",
        "delegate_to_persona", "spawn_subagents", "memory_search", "memory_store", "memory_list",
        "workflow_memory_search", "workflow_memory_store", "workflow_memory_list",
    ];
}
