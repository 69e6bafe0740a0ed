using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Cel;

namespace Sympozium.LocalCluster.Kinds.Rules.Validations;

/// <summary>Refuses definitions whose <c>x-kubernetes-validations</c> do not compile or could never be evaluated.</summary>
internal static class ValidationChecks
{
    private static readonly string[] Reasons =
        [ProblemReasons.Duplicate, ProblemReasons.Forbidden, ProblemReasons.Invalid, ProblemReasons.Required];

    /// <param name="schema">A node of a schema.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="isRoot">The root of a kind: has apiVersion, kind and metadata.</param>
    /// <param name="place">What is above it.</param>
    /// <param name="problems">Where problems go.</param>
    public static void Validate(JsonObject schema, string path, bool isRoot, RulePlace place, List<FieldProblem> problems)
    {
        JsonArray rules = schema["x-kubernetes-validations"] as JsonArray ?? [];
        if (rules.Count == 0)
        {
            return;
        }

        Schema parsed = Schema.Parse(schema);
        CelType? type = CelSchemas.TypeOf(parsed, "self", isRoot || parsed.EmbeddedResource);
        CelExtent extent = SchemaExtents.Of(parsed, isRoot);
        for (int i = 0; i < rules.Count; i++)
        {
            string at = string.Create(CultureInfo.InvariantCulture, $"{path}.x-kubernetes-validations[{i}]");
            JsonObject rule = rules[i] as JsonObject ?? [];
            if (type is null)
            {
                problems.Invalid($"{at}.rule", rule["rule"], "compilation failed: the schema has no type that rules could see");
                continue;
            }

            if (Rule(rule, at, type, place, problems) is { } program)
            {
                place.Costs.Add($"{at}.rule", "rule", program, extent, place.Most, problems);
            }

            if (Message(rule, at, type, problems) is { } message)
            {
                place.Costs.Add($"{at}.messageExpression", "messageExpression", message, extent, place.Most, problems);
            }

            problems.OneOf($"{at}.reason", rule["reason"], required: false, Reasons);
            if (rule.Text("fieldPath") is { Length: > 0 } fieldPath && !Refers(parsed, fieldPath))
            {
                problems.Invalid($"{at}.fieldPath", rule["fieldPath"], "fieldPath must be a valid path: does not refer to a valid field");
            }
        }
    }

    /// <summary>The compiled rule; null when it does not compile.</summary>
    private static CelProgram? Rule(JsonObject rule, string at, CelType type, RulePlace place, List<FieldProblem> problems)
    {
        string text = rule.Text("rule");
        if (text.Trim().Length == 0)
        {
            problems.Required($"{at}.rule", "rule is not specified");
            return null;
        }

        bool oldIsOptional = rule.IsTrue("optionalOldSelf");
        if (CelProgram.Compile(text, ValidationRule.Variables(type, oldIsOptional), out IReadOnlyList<CelIssue> issues) is not { } program)
        {
            Add(problems, $"{at}.rule", rule, $"compilation failed: {CelIssue.Show(text, issues)}");
            return null;
        }

        if (program.Type.Kind != CelKind.Bool)
        {
            Add(problems, $"{at}.rule", rule, "cel expression must evaluate to a bool");
        }

        bool usesOld = program.Variables.Contains("oldSelf");
        if (usesOld && place.Uncorrelatable is { } list)
        {
            problems.Invalid($"{at}.rule", rule["rule"], $"oldSelf cannot be used on the uncorrelatable portion of the schema within {list}");
        }

        if (!usesOld && rule["optionalOldSelf"] is not null)
        {
            problems.Invalid($"{at}.optionalOldSelf", rule["optionalOldSelf"], "may not be set if oldSelf is not used in rule");
        }

        return program;
    }

    /// <summary>The compiled message expression; null when there is none that compiles.</summary>
    private static CelProgram? Message(JsonObject rule, string at, CelType type, List<FieldProblem> problems)
    {
        string message = rule.Text("message");
        if (message.Length > 0 && message.Trim().Length == 0)
        {
            problems.Invalid($"{at}.message", rule["message"], "message must be non-empty if specified");
        }
        else if (message.Trim().Contains('\n', StringComparison.Ordinal))
        {
            problems.Invalid($"{at}.message", rule["message"], "message must not contain line breaks");
        }
        else if (message.Length == 0 && rule.Text("rule").Trim().Contains('\n', StringComparison.Ordinal))
        {
            problems.Required($"{at}.message", "message must be specified if rule contains line breaks");
        }

        string expression = rule.Text("messageExpression");
        if (expression.Length == 0)
        {
            return null;
        }

        if (expression.Trim().Length == 0)
        {
            problems.Required($"{at}.messageExpression", "messageExpression must be non-empty if specified");
            return null;
        }

        if (CelProgram.Compile(expression, ValidationRule.Variables(type, rule.IsTrue("optionalOldSelf")), out IReadOnlyList<CelIssue> issues) is not { } program)
        {
            Add(problems, $"{at}.messageExpression", rule, $"messageExpression compilation failed: {CelIssue.Show(expression, issues)}");
            return null;
        }

        if (program.Type.Kind != CelKind.String)
        {
            Add(problems, $"{at}.messageExpression", rule, "messageExpression must evaluate to a string");
        }

        return program;
    }

    /// <summary>The whole rule is shown, as the API server's internal type prints.</summary>
    private static void Add(List<FieldProblem> problems, string path, JsonObject rule, string detail)
    {
        JsonObject shown = new()
        {
            ["Rule"] = rule.Text("rule"),
            ["Message"] = rule.Text("message"),
            ["MessageExpression"] = rule.Text("messageExpression"),
            ["Reason"] = rule["reason"]?.DeepClone(),
            ["FieldPath"] = rule.Text("fieldPath"),
            ["OptionalOldSelf"] = rule["optionalOldSelf"]?.DeepClone(),
        };
        problems.Add(new FieldProblem(path, ProblemReasons.Invalid, $"Invalid value: {shown.ToJsonString(JsonText.Relaxed)}: {detail}"));
    }

    // Steps are .name, ['name'] and nothing else: items of lists cannot be named.
    private static bool Refers(Schema schema, string fieldPath)
    {
        Schema? at = schema;
        ReadOnlySpan<char> rest = fieldPath;
        while (rest.Length > 0 && at is not null)
        {
            string name;
            if (rest[0] == '.')
            {
                int end = rest[1..].IndexOfAny('.', '[');
                name = (end < 0 ? rest[1..] : rest[1..(end + 1)]).ToString();
                rest = rest[(name.Length + 1)..];
            }
            else if (rest.StartsWith("['", StringComparison.Ordinal) && rest.IndexOf("']", StringComparison.Ordinal) is > 0 and var close)
            {
                name = rest[2..close].ToString();
                rest = rest[(close + 2)..];
            }
            else
            {
                return false;
            }

            at = FieldSchema.Of(at, name);
        }

        return at is not null;
    }
}
