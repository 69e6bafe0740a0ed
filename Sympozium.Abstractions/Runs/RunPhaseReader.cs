using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Runs;

/// <summary>Reads the state of an AgentRun resource.</summary>
public static class RunPhaseReader
{
    /// <summary>Its phase as the event that announces it; a run without status is pending.</summary>
    public static RunPhaseChange Read(JsonObject run)
    {
        AgentRunStatus status = (run["status"] as JsonObject)?.Deserialize(ResourcesJson.Default.AgentRunStatus) ?? new AgentRunStatus();
        return new RunPhaseChange
        {
            Phase = status.Phase ?? RunPhase.Pending,
            Reason = status.Reason,
            Message = status.Error,
            Result = status.Result ?? status.Output,
            Usage = status.TokenUsage,
        };
    }
}
