using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Kinds.Printing;

/// <summary>The columns of ResourceQuota: what is taken of what there is.</summary>
internal static class QuotaColumns
{
    public static Column[] All { get; } =
    [
        Column.Named,
        Column.Text("Request", "Requests and numbers of objects.", item => Cell(item, limits: false)),
        Column.Text("Limit", "Limits.", item => Cell(item, limits: true)),
        Column.Age,
    ];

    private static string Cell(JsonObject item, bool limits)
    {
        JsonObject? used = item.Map("status").Map("used");
        return string.Join(
            ", ",
            (item.Map("status").Map("hard") ?? []).Where(bound => bound.Key.StartsWith("limits", StringComparison.Ordinal) == limits)
                .OrderBy(bound => bound.Key, StringComparer.Ordinal)
                .Select(bound => $"{bound.Key}: {(used.Text(bound.Key) is { Length: > 0 } taken ? taken : "0")}/{GoJson.Text(bound.Value)}"));
    }
}
