using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Kinds.Printing;

/// <summary>The columns of jobs.</summary>
internal static class JobColumns
{
    public static Column[] All { get; } =
    [
        Column.Named,
        Column.Text("Status", "What the job is doing.", Status),
        Column.Text("Completions", "Successful pods of those wanted.", Completions),
        new("Duration", "string", "", 0, "How long it has run.", (item, now) => Duration(item, now)),
        Column.Age,
        .. WorkloadColumns.Template,
    ];

    private static string Status(JsonObject job)
    {
        if (Condition(job, "Complete") is not null)
        {
            return "Complete";
        }

        if (Condition(job, "Failed") is not null)
        {
            return "Failed";
        }

        if (Column.Metadata(job, "deletionTimestamp") is not null)
        {
            return "Terminating";
        }

        if (Condition(job, "Suspended") is not null || job.Map("spec").IsTrue("suspend"))
        {
            return "Suspended";
        }

        return Condition(job, "FailureTarget") is not null ? "FailureTarget" : Condition(job, "SuccessCriteriaMet") is not null ? "SuccessCriteriaMet" : "Running";
    }

    private static string Completions(JsonObject job)
    {
        long succeeded = job.Map("status").Integer("succeeded") ?? 0;
        if (job.Map("spec").Integer("completions") is { } wanted)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{succeeded}/{wanted}");
        }

        long parallel = job.Map("spec").Integer("parallelism") ?? 0;
        return parallel > 1
            ? string.Create(CultureInfo.InvariantCulture, $"{succeeded}/1 of {parallel}")
            : string.Create(CultureInfo.InvariantCulture, $"{succeeded}/1");
    }

    private static string Duration(JsonObject job, DateTimeOffset now)
    {
        if (Ages.Parse(job.Map("status").Text("startTime")) is not { } start)
        {
            return "";
        }

        DateTimeOffset? end = Ages.Parse(job.Map("status").Text("completionTime")) ?? Ages.Parse(Condition(job, "Failed").Text("lastTransitionTime"));
        return Ages.Show((end ?? now) - start);
    }

    private static JsonObject? Condition(JsonObject job, string type) => job.Map("status").Items("conditions").Select(condition => condition.Item)
        .FirstOrDefault(condition => condition.Text("type") == type && condition.Text("status") == "True");
}
