using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Ownership;

namespace Sympozium.LocalCluster.Objects;

/// <summary>The answers that are not a success, worded as Kubernetes words them.</summary>
public static class Refusals
{
    public const string ModifiedMessage = "the object has been modified; please apply your changes to the latest version and try again";

    /// <summary>Part of the message of every body that is not an object of its kind.</summary>
    public const string UndecodableWords = "cannot be handled as a";

    private const HttpStatusCode Unprocessable = HttpStatusCode.UnprocessableEntity;

    public static KubernetesException NotFound(ResourceType served, string name)
    {
        ResourceType type = Stored(served);
        return new KubernetesException(HttpStatusCode.NotFound, StatusReasons.NotFound, $"{type} \"{name}\" not found", Details(type.Group, type.Plural, name));
    }

    public static KubernetesException AlreadyExists(ResourceType served, string name, bool isDeleting)
    {
        ResourceType type = Stored(served);
        return new KubernetesException(
            HttpStatusCode.Conflict, StatusReasons.AlreadyExists, $"{(isDeleting ? "object is being deleted: " : "")}{type} \"{name}\" already exists",
            Details(type.Group, type.Plural, name));
    }

    public static KubernetesException Conflict(ResourceType served, string name, string why)
    {
        ResourceType type = Stored(served);
        return new KubernetesException(
            HttpStatusCode.Conflict, StatusReasons.Conflict, $"Operation cannot be fulfilled on {type} \"{name}\": {why}", Details(type.Group, type.Plural, name));
    }

    /// <summary>An apply that would change what other managers own.</summary>
    internal static KubernetesException FieldConflict(FieldConflictException conflict)
    {
        JsonArray causes = [];
        foreach (FieldConflict field in conflict.Conflicts)
        {
            causes.Add((JsonNode)new JsonObject { ["reason"] = "FieldManagerConflict", ["message"] = $"conflict with {field.Owner}", ["field"] = field.Path });
        }

        return new KubernetesException(HttpStatusCode.Conflict, StatusReasons.Conflict, conflict.Message, new JsonObject { ["causes"] = causes }, conflict);
    }

    /// <summary>Preconditions of a deletion are the one place that names the kind instead of the resource.</summary>
    public static KubernetesException Precondition(ResourceType type, string name, string why) => new(
        HttpStatusCode.Conflict, StatusReasons.Conflict, $"Operation cannot be fulfilled on {Qualified(type.Group, type.Kind)} \"{name}\": {why}",
        Details(type.Group, type.Kind, name));

    public static KubernetesException Forbidden(ResourceType type, string name, string why, IEnumerable<FieldProblem>? causes = null) => new(
        HttpStatusCode.Forbidden, StatusReasons.Forbidden, $"{type} \"{name}\" is forbidden: {why}", Details(type.Group, type.Plural, name, causes));

    public static KubernetesException Invalid(ResourceType type, string name, IReadOnlyList<FieldProblem> problems) =>
        Invalid(type.Group, type.Kind, name, problems);

    public static KubernetesException Invalid(string group, string kind, string name, IReadOnlyList<FieldProblem> problems)
    {
        List<string> texts = [.. problems.Select(problem => $"{problem.Path}: {problem.Message}").Distinct(StringComparer.Ordinal)];
        string text = texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
        return new KubernetesException(
            Unprocessable, StatusReasons.Invalid, $"{Qualified(group, kind)} \"{name}\" is invalid: {text}", Details(group, kind, name, problems));
    }

    /// <summary>A bad query parameter or body option, such as of <c>DeleteOptions</c>.</summary>
    public static KubernetesException InvalidOptions(string kind, params FieldProblem[] problems) => Invalid("meta.k8s.io", kind, "", problems);

    /// <summary>A patch whose outcome is no object of its kind.</summary>
    public static KubernetesException InvalidPatch(string why) => new(
        Unprocessable, StatusReasons.Invalid, $" \"\" is invalid: patch: {why}",
        new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "FieldValueInvalid", ["message"] = why, ["field"] = "patch" }) });

    public static KubernetesException BadRequest(string message) => new(HttpStatusCode.BadRequest, StatusReasons.BadRequest, message);

    public static KubernetesException Undecodable(ResourceType type, JsonObject resource, string why) => BadRequest(
        $"{Text(resource, "kind") ?? type.Kind} in version \"{(Text(resource, "apiVersion") ?? type.ApiVersion).Split('/')[^1]}\" {UndecodableWords} {type.Kind}: {why}");

    public static KubernetesException UnknownResource() =>
        new(HttpStatusCode.NotFound, StatusReasons.NotFound, "the server could not find the requested resource", []);

    public static KubernetesException MethodNotAllowed() => new(
        HttpStatusCode.MethodNotAllowed, StatusReasons.MethodNotAllowed, "the server does not allow this method on the requested resource", []);

    public static KubernetesException MethodNotSupported(ResourceType type, string verb) => new(
        HttpStatusCode.MethodNotAllowed, StatusReasons.MethodNotAllowed, $"{verb} is not supported on resources of kind \"{type}\"", Details(type.Group, type.Plural, ""));

    public static KubernetesException Expired(string message) => new(HttpStatusCode.Gone, StatusReasons.Expired, message);

    /// <summary>An error that Kubernetes does not classify: no reason.</summary>
    public static KubernetesException Unclassified(string message) => new(HttpStatusCode.InternalServerError, "", message);

    public static KubernetesException Internal(string message) => new(
        HttpStatusCode.InternalServerError, StatusReasons.InternalError, $"Internal error occurred: {message}",
        new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["message"] = message }) });

    /// <summary>The <c>v1.Status</c> of a refusal.</summary>
    public static JsonObject ToStatus(KubernetesException refusal)
    {
        JsonObject status = new()
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = refusal.Message,
        };
        if (refusal.Reason.Length > 0)
        {
            status["reason"] = refusal.Reason;
        }

        if (refusal.Details is { } details)
        {
            status["details"] = details.DeepClone();
        }

        status["code"] = (int)refusal.Code;
        return status;
    }

    internal static JsonObject Details(string group, string kind, string name, IEnumerable<FieldProblem>? problems = null)
    {
        JsonObject details = [];
        if (name.Length > 0)
        {
            details["name"] = name;
        }

        if (group.Length > 0)
        {
            details["group"] = group;
        }

        details["kind"] = kind;
        if (problems is not null)
        {
            JsonArray causes = [];
            foreach (FieldProblem problem in problems)
            {
                causes.Add((JsonNode)new JsonObject { ["reason"] = problem.Reason, ["message"] = problem.Message, ["field"] = problem.Path });
            }

            details["causes"] = causes;
        }

        return details;
    }

    /// <summary>Events of either group are one resource, which the storage names by the older group.</summary>
    private static ResourceType Stored(ResourceType served) => served.Group == EventForms.NewGroup ? CoreTypes.Events : served;

    private static string Qualified(string group, string kind) => group.Length == 0 ? kind : $"{kind}.{group}";

    private static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;
}
