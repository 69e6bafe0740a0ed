using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>Validates label selectors of the kind that has <c>matchLabels</c> and <c>matchExpressions</c>.</summary>
internal static class LabelSelectorRules
{
    public static void Validate(JsonObject? selector, string path, List<FieldProblem> problems)
    {
        MetadataRules.Labels(selector.Map("matchLabels"), $"{path}.matchLabels", problems);
        foreach ((int index, JsonObject expression) in selector.Items("matchExpressions"))
        {
            Expression(expression, string.Create(CultureInfo.InvariantCulture, $"{path}.matchExpressions[{index}]"), problems);
        }
    }

    /// <summary>Whether it says nothing, and so selects everything.</summary>
    public static bool IsEmpty(JsonObject selector) =>
        selector.Map("matchLabels") is not { Count: > 0 } && selector["matchExpressions"] is not JsonArray { Count: > 0 };

    /// <summary>Whether the labels fulfil it. None selects nothing.</summary>
    public static bool Matches(JsonObject? selector, JsonObject? labels) =>
        selector is not null
        && (selector.Map("matchLabels") ?? []).All(pair => labels?[pair.Key] is { } value && GoJson.Text(value) == GoJson.Text(pair.Value))
        && selector.Items("matchExpressions").All(expression => Matches(expression.Item, GoJson.Text(labels?[expression.Item.Text("key")])));

    private static bool Matches(JsonObject expression, string? value)
    {
        bool listed = value is not null && (expression["values"] as JsonArray ?? []).Any(item => GoJson.Text(item) == value);
        return expression.Text("operator") switch
        {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => value is not null,
            "DoesNotExist" => value is null,
            _ => false,
        };
    }

    private static void Expression(JsonObject expression, string path, List<FieldProblem> problems)
    {
        JsonArray values = expression["values"] as JsonArray ?? [];
        switch (expression.Text("operator"))
        {
            case "In" or "NotIn" when values.Count == 0:
                problems.Required($"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                break;
            case "Exists" or "DoesNotExist" when values.Count > 0:
                problems.Forbidden($"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                break;
            case "In" or "NotIn" or "Exists" or "DoesNotExist":
                break;
            default:
                problems.Invalid($"{path}.operator", expression.Text("operator"), ["not a valid selector operator"]);
                break;
        }

        problems.Invalid($"{path}.key", expression.Text("key"), Names.QualifiedName(expression.Text("key")));
        for (int i = 0; i < values.Count; i++)
        {
            string value = GoJson.Text(values[i]) ?? "";
            problems.Invalid(string.Create(CultureInfo.InvariantCulture, $"{path}.values[{i}]"), value, Names.LabelValue(value));
        }
    }
}
