using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server;

/// <summary>
/// Questions about one's own rights, which are answered and not stored. Whoever has the token is the administrator; for
/// anybody whom the administrator impersonates this cluster keeps no rules, so everything is refused.
/// </summary>
internal static class AccessReviews
{
    private const string Authorization = "authorization.k8s.io";
    private const string Authentication = "authentication.k8s.io";

    public static IReadOnlyList<Review> Resources { get; } =
    [
        new(Authorization, "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        new(Authorization, "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
        new(Authentication, "selfsubjectreviews", "SelfSubjectReview"),
    ];

    public static Review? Find(RequestPath path) =>
        path is { Version: "v1", Name: null, Namespace: null } ? Resources.FirstOrDefault(review => review.Group == path.Group && review.Plural == path.Plural) : null;

    public static async Task HandleAsync(HttpContext context, Review review, Caller caller)
    {
        if (context.Request.Method != HttpMethods.Post)
        {
            throw Refusals.MethodNotAllowed();
        }

        JsonObject asked = await RequestBody.ReadOptionsAsync(context) ?? [];
        JsonObject answer = new()
        {
            ["kind"] = review.Kind,
            ["apiVersion"] = $"{review.Group}/v1",
            ["metadata"] = new JsonObject { ["creationTimestamp"] = null },
        };
        if (review.Kind != "SelfSubjectReview")
        {
            answer["spec"] = asked["spec"]?.DeepClone() ?? new JsonObject();
        }

        answer["status"] = Status(review, caller);
        await Replies.NodeAsync(context, answer, StatusCodes.Status201Created);
    }

    private static JsonObject Status(Review review, Caller caller) => review.Kind switch
    {
        "SelfSubjectReview" => new JsonObject
        {
            ["userInfo"] = new JsonObject { ["username"] = caller.Name, ["groups"] = new JsonArray([.. caller.Groups.Select(group => (JsonNode)group)]) },
        },
        "SelfSubjectRulesReview" => Rules(caller),
        _ => caller.IsAdministrator ? new JsonObject { ["allowed"] = true } : new JsonObject { ["allowed"] = false },
    };

    private static JsonObject Rules(Caller caller) => new()
    {
        ["resourceRules"] = caller.IsAdministrator
            ? new JsonArray(new JsonObject { ["verbs"] = new JsonArray("*"), ["apiGroups"] = new JsonArray("*"), ["resources"] = new JsonArray("*") })
            : [],
        ["nonResourceRules"] = caller.IsAdministrator
            ? new JsonArray(new JsonObject { ["verbs"] = new JsonArray("*"), ["nonResourceURLs"] = new JsonArray("*") })
            : [],
        ["incomplete"] = false,
    };

    internal sealed record Review(string Group, string Plural, string Kind);
}
