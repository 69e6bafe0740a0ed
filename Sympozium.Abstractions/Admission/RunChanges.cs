using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Admission;

/// <summary>An AgentRun's spec is fixed once it is admitted: its pod, its policy decision and its bill belong to what was asked. It can only be cancelled.</summary>
internal static class RunChanges
{
    private static readonly string[] Verdicts = ["approve", "reject", "rewrite"];

    /// <summary>Adds what may not change.</summary>
    public static void Check(JsonObject run, JsonObject old, ICollection<ReviewCause> causes)
    {
        JsonObject before = Canonical(old);
        JsonObject after = Canonical(run);
        bool wasCancelled = IsTrue(before["cancel"]);
        if (wasCancelled && !IsTrue(after["cancel"]))
        {
            causes.Add(new("spec.cancel", ReviewCause.Forbidden, "a run that is cancelled cannot be taken up again; create another run instead"));
        }

        before.Remove("cancel");
        after.Remove("cancel");
        string[] changed = [.. before.Select(pair => pair.Key).Union(after.Select(pair => pair.Key), StringComparer.Ordinal)
            .Where(name => !JsonNode.DeepEquals(before[name], after[name])).Order(StringComparer.Ordinal).Select(name => $"spec.{name}")];
        if (changed.Length > 0)
        {
            string fields = string.Join(", ", changed);
            causes.Add(new(changed.Length == 1 ? changed[0] : "spec", ReviewCause.Forbidden, $"{fields} cannot be changed: an AgentRun's spec is fixed once it is admitted, except spec.cancel; create another run instead"));
        }

        string? verdict = Verdict(run);
        if (verdict is not null && verdict != Verdict(old) && !Verdicts.Contains(verdict))
        {
            causes.Add(new($"metadata.annotations[{SympoziumNames.GateVerdictAnnotation}]", ReviewCause.Invalid, $"'{verdict}' is not a verdict; {string.Join(", ", Verdicts)} are"));
        }
    }

    private static JsonObject Canonical(JsonObject run) => run["spec"] is JsonObject spec ? Spellings.Canonicalize(Spellings.AgentRun, spec, []) : [];

    private static string? Verdict(JsonObject run) => ((run["metadata"] as JsonObject)?["annotations"] as JsonObject)?[SympoziumNames.GateVerdictAnnotation].AsText();

    private static bool IsTrue(JsonNode? node) => node?.GetValueKind() == JsonValueKind.True;
}
