using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Agent;
using Sympozium.Runner.Lifetime;

namespace Sympozium.Runner.Tools;

/// <summary>The tools that every agent has.</summary>
internal static class BuiltInTools
{
    /// <summary>Makes them.</summary>
    public static IReadOnlyList<ITool> Create(AgentOptions options, ProcessLifetime lifetime)
    {
        PathGuard paths = PathGuard.For(options);
        var requests = new RequestFiles(options);
        bool allowPrivate = string.Equals(Environment.GetEnvironmentVariable(PodEnvironment.FetchAllowPrivate), "true", StringComparison.OrdinalIgnoreCase);
        string[]? channels = Environment.GetEnvironmentVariable(PodEnvironment.AllowedOutboundChannels)
            ?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return
        [
            new ExecuteCommandTool(paths, lifetime),
            new ReadFileTool(paths),
            new WriteFileTool(paths),
            new EditFileTool(paths),
            new ListDirectoryTool(paths),
            new FetchUrlTool(lifetime, allowPrivate),
            new SendChannelMessageTool(requests, channels),
            new ScheduleTaskTool(requests),
        ];
    }
}
