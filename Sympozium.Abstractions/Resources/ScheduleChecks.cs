namespace Sympozium.Abstractions.Resources;

/// <summary>Rules of SympoziumSchedule that a schema cannot say.</summary>
internal static class ScheduleChecks
{
    public static void Check(ScheduleSpec spec, ICollection<ResourceProblem> problems)
    {
        if (string.IsNullOrEmpty(spec.InstanceRef))
        {
            problems.Add(new("spec.instanceRef", "is required: the name of a SympoziumInstance or Agent in the schedule's namespace (also spelled spec.agentRef)"));
        }
        else
        {
            FieldChecks.Name("spec.instanceRef", spec.InstanceRef, "SympoziumInstance or Agent", problems);
        }

        if (string.IsNullOrWhiteSpace(spec.Task))
        {
            problems.Add(new("spec.task", "is required: the text of what the agent shall do each time (also spelled spec.input)"));
        }

        FieldChecks.Cron("spec.schedule", spec.Schedule, problems);
        FieldChecks.TimeZone("spec.timezone", spec.Timezone, problems);
    }
}
