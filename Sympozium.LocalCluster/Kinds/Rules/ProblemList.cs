using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>The API server's standard sentences about single fields.</summary>
internal static class ProblemList
{
    public static void Required(this List<FieldProblem> problems, string path, string detail = "") =>
        problems.Add(new FieldProblem(path, ProblemReasons.Required, detail.Length == 0 ? "Required value" : $"Required value: {detail}"));

    public static void Invalid(this List<FieldProblem> problems, string path, JsonNode? value, string detail) =>
        problems.Add(new FieldProblem(path, ProblemReasons.Invalid, $"Invalid value: {GoJson.Show(value)}: {detail}"));

    public static void Invalid(this List<FieldProblem> problems, string path, string value, IEnumerable<string> details)
    {
        foreach (string detail in details)
        {
            problems.Add(new FieldProblem(path, ProblemReasons.Invalid, $"Invalid value: {GoJson.Quote(value)}: {detail}"));
        }
    }

    public static void NotSupported(this List<FieldProblem> problems, string path, JsonNode? value, IEnumerable<string> supported) =>
        problems.Add(new FieldProblem(
            path, ProblemReasons.NotSupported, $"Unsupported value: {GoJson.Show(value)}: supported values: {string.Join(", ", supported.Select(GoJson.Quote))}"));

    public static void Duplicate(this List<FieldProblem> problems, string path, JsonNode? value) =>
        problems.Add(new FieldProblem(path, ProblemReasons.Duplicate, $"Duplicate value: {GoJson.Show(value)}"));

    public static void NotFound(this List<FieldProblem> problems, string path, JsonNode? value) =>
        problems.Add(new FieldProblem(path, ProblemReasons.NotFound, $"Not found: {GoJson.Show(value)}"));

    public static void Forbidden(this List<FieldProblem> problems, string path, string detail) =>
        problems.Add(new FieldProblem(path, ProblemReasons.Forbidden, $"Forbidden: {detail}"));

    public static void TooLong(this List<FieldProblem> problems, string path, long most) =>
        problems.Add(new FieldProblem(
            path, ProblemReasons.TooLong, string.Create(CultureInfo.InvariantCulture, $"Too long: may not be more than {most} bytes")));

    public static void TooMany(this List<FieldProblem> problems, string path, int actual, int most) =>
        problems.Add(new FieldProblem(
            path, ProblemReasons.TooMany, string.Create(CultureInfo.InvariantCulture, $"Too many: {actual}: must have at most {most} items")));

    /// <summary>A text that must be one of a few.</summary>
    public static void OneOf(this List<FieldProblem> problems, string path, JsonNode? value, bool required, params ReadOnlySpan<string> supported)
    {
        string? text = GoJson.Text(value);
        if (string.IsNullOrEmpty(text))
        {
            if (required)
            {
                problems.Required(path);
            }
        }
        else if (!supported.Contains(text))
        {
            problems.NotSupported(path, value, supported.ToArray());
        }
    }

    /// <summary>A number that must not be negative, when it is there.</summary>
    public static void NotNegative(this List<FieldProblem> problems, string path, JsonNode? value)
    {
        if (GoJson.Integer(value) is < 0)
        {
            problems.Invalid(path, value, "must be greater than or equal to 0");
        }
    }

    /// <summary>A field of an update that must be what it was.</summary>
    public static void Immutable(this List<FieldProblem> problems, string path, JsonNode? now, JsonNode? before)
    {
        if (!JsonNode.DeepEquals(now, before))
        {
            problems.Invalid(path, now, "field is immutable");
        }
    }
}
