using Orleans.Runtime;

namespace Orleans;

/// <summary>One reminder as it is stored.</summary>
public sealed class ReminderEntry
{
    public GrainId GrainId { get; set; }

    public string ReminderName { get; set; } = null!;

    public DateTime StartAt { get; set; }

    public TimeSpan Period { get; set; }

    public string? ETag { get; set; }

    public override string ToString() => $"{GrainId} '{ReminderName}' every {Period} from {StartAt:O}";
}
