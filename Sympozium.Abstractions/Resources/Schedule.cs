using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Sympozium.Abstractions.Resources;

/// <summary>Runs of an agent that come again and again, by a cron expression.</summary>
public sealed record ScheduleSpec
{
    /// <summary>Name of the SympoziumInstance or Agent, in the schedule's namespace, that executes the task. Also spelled agentRef.</summary>
    public string? InstanceRef { get; init; }

    /// <summary>When: a cron expression of five fields (minute, hour, day of month, month, day of week), or @hourly, @daily, @weekly, @monthly, @yearly.</summary>
    [StringLength(256, MinimumLength = 1)]
    public required string Schedule { get; init; }

    /// <summary>Time zone of the expression, by its IANA name, for example Europe/Paris; default UTC. Also spelled timeZone.</summary>
    public string? Timezone { get; init; }

    /// <summary>What the agent shall do each time. Also spelled input.</summary>
    public string? Task { get; init; }

    /// <summary>What the runs are for; they carry it as a label.</summary>
    [DefaultValue("scheduled")]
    [AllowedWords("heartbeat", "scheduled", "sweep")]
    public string? Type { get; init; }

    /// <summary>Whether no runs are started for now.</summary>
    public bool? Suspend { get; init; }

    /// <summary>What happens when the last run has not ended: Forbid leaves the new one out, Allow starts it too, Replace cancels the old one.</summary>
    [DefaultValue("Forbid")]
    [AllowedWords("Forbid", "Allow", "Replace")]
    public string? ConcurrencyPolicy { get; init; }

    /// <summary>Whether the agent's memory is put before the task.</summary>
    [DefaultValue(true)]
    public bool? IncludeMemory { get; init; }

    /// <summary>Whether the first run comes at once or at the expression's next time; default immediate.</summary>
    [AllowedWords("immediate", "afterInterval")]
    public string? FirstTick { get; init; }
}

/// <summary>What became of a schedule.</summary>
public sealed record ScheduleStatus
{
    /// <summary>Active, Suspended or Error.</summary>
    public string? Phase { get; init; }

    /// <summary>When the last run was started.</summary>
    public DateTimeOffset? LastRunTime { get; init; }

    /// <summary>When the next run is due.</summary>
    public DateTimeOffset? NextRunTime { get; init; }

    /// <summary>Name of the last run.</summary>
    public string? LastRunName { get; init; }

    /// <summary>Runs started so far.</summary>
    public long? TotalRuns { get; init; }

    /// <summary>Generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Conditions in the usual form.</summary>
    [Items(Key = "type")]
    public IReadOnlyList<ConditionStatus>? Conditions { get; init; }
}
