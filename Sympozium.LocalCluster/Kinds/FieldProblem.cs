using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>One thing that is wrong with one field; becomes a cause in the Status.</summary>
/// <param name="Path">The field, for example <c>spec.template.spec.containers[0].image</c>.</param>
/// <param name="Reason">Cause type, one of <see cref="ProblemReasons"/>.</param>
/// <param name="Message">What is wrong, without the path.</param>
public sealed record FieldProblem(string Path, string Reason, string Message)
{
    /// <summary>The answer 422 that names every problem of one object.</summary>
    public static KubernetesException Invalid(string group, string kind, string name, IReadOnlyList<FieldProblem> problems)
    {
        string who = group.Length == 0 ? kind : $"{kind}.{group}";
        string all = problems.Count == 1 ? Text(problems[0]) : $"[{string.Join(", ", problems.Select(Text).Distinct())}]";
        JsonArray causes = [];
        foreach (FieldProblem problem in problems)
        {
            causes.Add(new JsonObject { ["reason"] = problem.Reason, ["message"] = problem.Message, ["field"] = problem.Path });
        }

        JsonObject details = new() { ["name"] = name, ["group"] = group, ["kind"] = kind, ["causes"] = causes };
        if (group.Length == 0)
        {
            details.Remove("group");
        }

        if (name.Length == 0)
        {
            details.Remove("name");
        }

        return new KubernetesException(HttpStatusCode.UnprocessableEntity, StatusReasons.Invalid, $"{who} \"{name}\" is invalid: {all}", details);
    }

    private static string Text(FieldProblem problem) => $"{problem.Path}: {problem.Message}";
}

/// <summary>The causes of an Invalid answer.</summary>
public static class ProblemReasons
{
    public const string Required = "FieldValueRequired";
    public const string Invalid = "FieldValueInvalid";
    public const string TypeInvalid = "FieldValueTypeInvalid";
    public const string NotSupported = "FieldValueNotSupported";
    public const string NotFound = "FieldValueNotFound";
    public const string Duplicate = "FieldValueDuplicate";
    public const string Forbidden = "FieldValueForbidden";
    public const string TooLong = "FieldValueTooLong";
    public const string TooMany = "FieldValueTooMany";
    public const string Unknown = "FieldUnknown";
}
