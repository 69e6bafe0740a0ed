using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Admission;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Gateway.Admission;

/// <summary>
/// An AdmissionReview as the API server sends it (admission.k8s.io/v1,
/// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/).
/// </summary>
/// <param name="Uid">Has to be in the answer.</param>
/// <param name="Review">What is to be reviewed; null when it is none of our business (another group, a subresource, CONNECT).</param>
internal sealed record AdmissionReview(string Uid, ReviewRequest? Review)
{
    private const string ApiVersion = "admission.k8s.io/v1";
    private const string Kind = "AdmissionReview";
    private const int RetryAfterSeconds = 1;

    /// <exception cref="FormatException">It is not a review, or not a whole one; the message says why.</exception>
    public static AdmissionReview Read(ReadOnlySpan<byte> body)
    {
        JsonObject root = Parse(body);
        if (root["apiVersion"].AsText() != ApiVersion || root["kind"].AsText() != Kind)
        {
            throw new FormatException($"expected apiVersion '{ApiVersion}' and kind '{Kind}', found '{root["apiVersion"].AsText()}' and '{root["kind"].AsText()}'");
        }

        JsonObject request = root["request"] as JsonObject ?? throw new FormatException("request is missing");
        string uid = request["uid"].AsText() is { Length: > 0 } given ? given : throw new FormatException("request.uid is missing");
        JsonObject kind = request["kind"] as JsonObject ?? throw new FormatException("request.kind is missing");
        ReviewOperation? operation = Operation(request["operation"].AsText());
        if (operation is null || kind["group"].AsText() != SympoziumNames.Group || request["subResource"].AsText() is { Length: > 0 })
        {
            return new AdmissionReview(uid, null);
        }

        return new AdmissionReview(uid, Read(request, operation.Value, kind["kind"].AsText() ?? ""));
    }

    private static ReviewRequest Read(JsonObject request, ReviewOperation operation, string kind)
    {
        string which = operation == ReviewOperation.Delete ? "oldObject" : "object";
        JsonObject resource = request[which] as JsonObject ?? throw new FormatException($"request.{which} is missing");
        // The API server sends the namespace beside the object, too; an object without one is in that.
        if (resource["metadata"] is JsonObject metadata && metadata["namespace"] is null && request["namespace"].AsText() is { Length: > 0 } ns)
        {
            metadata["namespace"] = ns;
        }

        JsonObject? old = operation == ReviewOperation.Update ? request["oldObject"] as JsonObject ?? throw new FormatException("request.oldObject is missing") : null;
        return new ReviewRequest(operation, kind, resource, old) { User = User(request["userInfo"] as JsonObject) };
    }

    /// <summary>The answer to a review: refused with every reason, or allowed, with warnings.</summary>
    public JsonObject Answer(ReviewAnswer answer) => Envelope(
        answer.IsAllowed, answer.Warnings, answer.IsAllowed ? null : Status(answer.IsInvalid ? 422 : 403, answer.IsInvalid ? "Invalid" : "Forbidden", answer.Message, Details(answer)));

    /// <summary>Allowed, with the fields that are filled in.</summary>
    public JsonObject Patch(IReadOnlyList<FieldDefault> defaults)
    {
        JsonObject envelope = Envelope(true, [], null);
        if (defaults.Count > 0)
        {
            var response = (JsonObject)envelope["response"]!;
            response["patchType"] = "JSONPatch";
            response["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(FieldDefault.Patch(Review!.Resource, defaults).ToJsonString()));
        }

        return envelope;
    }

    /// <summary>No decision can be made now: the API server tells its client to try again.</summary>
    public JsonObject Unavailable(string message) =>
        Envelope(false, [], Status(503, "ServiceUnavailable", message, new JsonObject { ["retryAfterSeconds"] = RetryAfterSeconds }));

    private JsonObject Envelope(bool allowed, IReadOnlyList<string> warnings, JsonObject? status)
    {
        var response = new JsonObject { ["uid"] = Uid, ["allowed"] = allowed };
        if (status is not null)
        {
            response["status"] = status;
        }

        if (warnings.Count > 0)
        {
            response["warnings"] = new JsonArray([.. warnings.Select(warning => (JsonNode)warning)]);
        }

        return new JsonObject { ["apiVersion"] = ApiVersion, ["kind"] = Kind, ["response"] = response };
    }

    private static JsonObject Status(int code, string reason, string message, JsonObject details) => new()
    {
        ["status"] = "Failure",
        ["code"] = code,
        ["reason"] = reason,
        ["message"] = message,
        ["details"] = details,
    };

    private JsonObject Details(ReviewAnswer answer) => new()
    {
        ["name"] = Review!.Name,
        ["group"] = SympoziumNames.Group,
        ["kind"] = Review.Kind,
        ["causes"] = new JsonArray([.. answer.Causes.Select(cause => new JsonObject { ["reason"] = cause.Reason, ["field"] = cause.Field, ["message"] = cause.Message })]),
    };

    private static JsonObject Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject ?? throw new FormatException("the body is not a JSON object");
        }
        catch (JsonException e)
        {
            throw new FormatException($"the body is not valid JSON: {e.Message}", e);
        }
    }

    private static ReviewUser User(JsonObject? user) => user is null
        ? ReviewUser.Nobody
        : new ReviewUser(user["username"].AsText() ?? "", [.. (user["groups"] as JsonArray ?? []).Select(group => group.AsText() ?? "")]);

    private static ReviewOperation? Operation(string? word) => word switch
    {
        "CREATE" => ReviewOperation.Create,
        "UPDATE" => ReviewOperation.Update,
        "DELETE" => ReviewOperation.Delete,
        "CONNECT" => null,
        _ => throw new FormatException($"request.operation '{word}' is none of CREATE, UPDATE, DELETE, CONNECT"),
    };
}
