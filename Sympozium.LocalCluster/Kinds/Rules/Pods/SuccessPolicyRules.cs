using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>What Kubernetes asks of a Job's success policy.</summary>
internal static class SuccessPolicyRules
{
    private const int MostRules = 20;

    public static void Validate(JsonObject policy, long completions, List<FieldProblem> problems)
    {
        const string Path = "spec.successPolicy.rules";
        if (policy["rules"] is not JsonArray { Count: > 0 } rules)
        {
            problems.Required(Path, "at least one rules must be specified when the successPolicy is specified");
            return;
        }

        if (rules.Count > MostRules)
        {
            problems.TooMany(Path, rules.Count, MostRules);
        }

        foreach ((int index, JsonObject rule) in policy.Items("rules"))
        {
            Rule(rule, PodValidation.At(Path, index), completions, problems);
        }
    }

    private static void Rule(JsonObject rule, string path, long completions, List<FieldProblem> problems)
    {
        string? indexes = GoJson.Text(rule["succeededIndexes"]);
        if (indexes is null && rule["succeededCount"] is null)
        {
            problems.Required(path, "at least one of succeededCount or succeededIndexes must be specified");
        }

        long named = 0;
        if (indexes is not null && Count(indexes, completions, out named) is { } mistake)
        {
            problems.Invalid($"{path}.succeededIndexes", rule["succeededIndexes"], $"error parsing succeededIndexes: {mistake}");
        }

        if (rule.Integer("succeededCount") is not { } count)
        {
            return;
        }

        string countPath = $"{path}.succeededCount";
        if (count <= 0)
        {
            problems.Invalid(countPath, rule["succeededCount"], "must be greater than 0");
        }

        if (count > completions)
        {
            problems.Invalid(
                countPath, rule["succeededCount"], string.Create(CultureInfo.InvariantCulture, $"must be less than or equal to {completions} (the number of specified completions)"));
        }

        if (indexes is not null && count > named)
        {
            problems.Invalid(
                countPath, rule["succeededCount"],
                string.Create(CultureInfo.InvariantCulture, $"must be less than or equal to {named} (the number of indexes in the specified succeededIndexes field)"));
        }
    }

    /// <summary>Counts the indexes of a list such as <c>0,2-4</c>; returns what is wrong with it.</summary>
    private static string? Count(string text, long completions, out long total)
    {
        total = 0;
        int? last = null;
        foreach (string part in text.Length == 0 ? [] : text.Split(','))
        {
            string[] ends = part.Split('-');
            if (ends.Length > 2)
            {
                return $"the fragment {GoJson.Quote(part)} violates the requirement that an index interval can have at most two parts separated by '-'";
            }

            string? mistake = Index(ends[0], completions, out int first);
            int end = first;
            mistake ??= ends.Length > 1 ? Index(ends[1], completions, out end) : null;
            if (mistake is not null)
            {
                return mistake;
            }

            (int Previous, int Current)? disorder = ends.Length > 1 && first >= end ? (first, end) : last >= first ? (last.Value, first) : null;
            if (disorder is { } found)
            {
                return string.Create(CultureInfo.InvariantCulture, $"non-increasing order, previous: {found.Previous}, current: {found.Current}");
            }

            total += end - first + 1;
            last = end;
        }

        return null;
    }

    private static string? Index(string text, long completions, out int index) =>
        !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out index) ? $"cannot convert string to integer for index: {GoJson.Quote(text)}"
        : index >= completions ? $"too large index: {GoJson.Quote(text)}"
        : null;
}
