using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Cel;

namespace Sympozium.LocalCluster.Kinds.Rules.Validations;

/// <summary>Adds up what the rules of one schema may cost, and refuses what is too much: Kubernetes' limits, in its words.</summary>
internal sealed class RuleCosts
{
    /// <summary>Most that one expression may cost, for all places of an object that it applies to.</summary>
    private const double PerExpression = 10_000_000;

    /// <summary>Most that all rules of a schema may cost together.</summary>
    private const double PerSchema = 100_000_000;

    private const int Named = 4;

    private readonly List<(string Path, double Cost)> _rules = [];

    /// <summary>Takes note of a rule.</summary>
    /// <param name="path">Where the expression is.</param>
    /// <param name="what">What it is called.</param>
    /// <param name="program">The expression.</param>
    /// <param name="extent">How large the value gets that it is about.</param>
    /// <param name="most">How many such values there may be in an object; null when no schema bounds that.</param>
    /// <param name="problems">Where problems go.</param>
    public void Add(string path, string what, CelProgram program, CelExtent extent, double? most, List<FieldProblem> problems)
    {
        Dictionary<string, CelExtent> variables = new(StringComparer.Ordinal) { ["self"] = extent, ["oldSelf"] = extent };
        double cost = program.EstimateCost(variables) * (most ?? extent.MostInRequest);
        _rules.Add((path, cost));
        if (cost > PerExpression)
        {
            problems.Forbidden(path, Exceeds($"estimated {what} cost", cost / PerExpression));
        }
    }

    /// <summary>Says that all rules together cost too much, and which most.</summary>
    public void Sum(string path, List<FieldProblem> problems)
    {
        double total = _rules.Sum(rule => rule.Cost);
        if (total <= PerSchema)
        {
            return;
        }

        foreach ((string expensive, _) in _rules.Where(rule => rule.Cost > 0).OrderByDescending(rule => rule.Cost).Take(Named))
        {
            problems.Forbidden(expensive, "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema");
        }

        problems.Forbidden(path, Exceeds("x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema", total / PerSchema));
    }

    private static string Exceeds(string what, double factor)
    {
        string times = factor switch
        {
            > 100 => "more than 100x",
            < 1.5 => string.Create(CultureInfo.InvariantCulture, $"{factor:F6}x"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{factor:F1}x"),
        };
        return $"{what} exceeds budget by factor of {times} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";
    }
}

/// <summary>Where in a schema a rule stands.</summary>
/// <param name="Uncorrelatable">The list above whose items cannot be found again in the old object; null when there is none.</param>
/// <param name="Most">How many such values an object may have; null when a list or map above has no bound.</param>
/// <param name="Costs">What rules cost.</param>
internal sealed record RulePlace(string? Uncorrelatable, double? Most, RuleCosts Costs)
{
    /// <summary>The place of the items of a list.</summary>
    public RulePlace OfItems(JsonObject list, string path)
    {
        bool isMap = list.Text("x-kubernetes-list-type") == "map";
        return this with { Uncorrelatable = isMap ? Uncorrelatable : Uncorrelatable ?? path, Most = Most * list.Integer("maxItems") };
    }

    /// <summary>The place of the values of a map.</summary>
    public RulePlace OfValues(JsonObject map) => this with { Most = Most * map.Integer("maxProperties") };
}
