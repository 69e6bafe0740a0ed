using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Cel;

namespace Sympozium.LocalCluster.Kinds.Rules.Validations;

/// <summary>
/// Runs the rules of a custom object. What has not changed since it was stored is not held against an update, and a rule that compares
/// with the old value needs one: items are found again by their keys in lists of type map only.
/// </summary>
internal sealed class ValidationRun(List<FieldProblem> problems)
{
    private const int LongestMessage = 5_120;
    private static readonly CelOptional NoOld = CelOptional.None;

    private readonly CelBudget _budget = new(CelBudget.PerObject);
    private readonly FieldPath _path = new();
    private bool _isStopped;

    /// <param name="tree">The rules.</param>
    /// <param name="value">The value as it will be stored.</param>
    /// <param name="old">The value before; null when there was none.</param>
    public void Visit(ValidationTree tree, JsonNode? value, JsonNode? old)
    {
        foreach (ValidationRule rule in tree.Rules)
        {
            if (_isStopped)
            {
                return;
            }

            if (value is not null || tree.Schema.Nullable)
            {
                Evaluate(tree, rule, value, old);
            }
        }

        switch (value)
        {
            case JsonObject map:
                Fields(tree, map, old as JsonObject);
                break;
            case JsonArray list when tree.Items is not null:
                for (int i = 0; i < list.Count; i++)
                {
                    _path.Push(i);
                    Visit(tree.Items, list[i], CorrelatedItems.Find(tree.Schema, list[i], old as JsonArray));
                    _path.Pop();
                }

                break;
        }
    }

    private void Fields(ValidationTree tree, JsonObject map, JsonObject? old)
    {
        foreach ((string name, JsonNode? value) in map)
        {
            if (tree.Properties.TryGetValue(name, out ValidationTree? below))
            {
                _path.Push(name);
                Visit(below, value, old?[name]);
                _path.Pop();
            }
            else if (tree.Additional is not null && !tree.Schema.Properties.ContainsKey(name))
            {
                _path.PushKey(name);
                Visit(tree.Additional, value, old?[name]);
                _path.Pop();
            }
        }
    }

    private void Evaluate(ValidationTree tree, ValidationRule rule, JsonNode? value, JsonNode? old)
    {
        if (rule.UsesOld ? old is null && !rule.OldIsOptional : old is not null && JsonNode.DeepEquals(value, old))
        {
            return;
        }

        Dictionary<string, object> variables = new(StringComparer.Ordinal);
        try
        {
            variables["self"] = CelValues.FromJson(value, tree.Type!);
            if (rule.OldIsOptional)
            {
                variables["oldSelf"] = old is null ? NoOld : new CelOptional(CelValues.FromJson(old, tree.Type!));
            }
            else if (old is not null)
            {
                variables["oldSelf"] = CelValues.FromJson(old, tree.Type!);
            }

            if (rule.Program.Evaluate(variables, _budget) is not true)
            {
                Report(rule, value, Message(rule, variables));
            }
        }
        catch (CelException exception)
        {
            Report(rule, value, exception);
        }
    }

    private void Report(ValidationRule rule, JsonNode? value, CelException exception)
    {
        string text = rule.Program.Text;
        string detail = exception.Message.StartsWith("no such overload", StringComparison.Ordinal)
            ? $"'{exception.Message}': call arguments did not match a supported operator, function or macro signature for rule: {text}"
            : exception.IsOverBudget
                ? $"'{exception.Message}': no further validation rules will be run due to call cost exceeds limit for rule: {text}"
                : $"{exception.Message} evaluating rule: {text}";
        _isStopped |= exception.IsOverBudget;
        problems.Add(new FieldProblem(Path(""), ProblemReasons.Invalid, $"Invalid value: {Shown(value)}{detail}"));
    }

    private void Report(ValidationRule rule, JsonNode? value, string detail) => problems.Add(new FieldProblem(Path(rule.FieldPath), rule.Reason, rule.Reason switch
    {
        ProblemReasons.Required => $"Required value: {detail}",
        ProblemReasons.Forbidden => $"Forbidden: {detail}",
        ProblemReasons.Duplicate => Shown(value) is { Length: > 0 } shown ? $"Duplicate value: {shown[..^2]}" : "Duplicate value",
        _ => $"Invalid value: {Shown(value)}{detail}",
    }));

    // Objects and lists are not shown: they may be long.
    private static string Shown(JsonNode? value) => value is JsonObject or JsonArray ? "" : $"{GoJson.Show(value)}: ";

    private string Path(string below)
    {
        string path = _path.ToString();
        string full = path.Length == 0 ? below.TrimStart('.') : path + below;
        return full.Length == 0 ? "<nil>" : full;
    }

    private string Message(ValidationRule rule, Dictionary<string, object> variables)
    {
        if (rule.MessageProgram is null)
        {
            return rule.Message;
        }

        try
        {
            return rule.MessageProgram.Evaluate(variables, _budget) is string message && message.Trim() is { Length: > 0 and <= LongestMessage } made && !made.Contains('\n', StringComparison.Ordinal)
                ? made
                : rule.Message;
        }
        catch (CelException exception) when (!exception.IsOverBudget)
        {
            // As in Kubernetes, a message that cannot be made is replaced by the fixed one.
            return rule.Message;
        }
    }
}
