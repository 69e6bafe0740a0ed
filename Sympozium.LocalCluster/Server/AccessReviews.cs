using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.LocalCluster.Authorization;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server;

/// <summary>Answers who somebody is (TokenReview, SelfSubjectReview) and what they may do (the SubjectAccessReviews).</summary>
internal sealed class AccessReviews(Authentication authentication, Authorizer authorizer, TimeProvider time)
{
    public async Task HandleAsync(HttpContext context, KindDefinition kind, string? ns, UserInfo user)
    {
        if (context.Request.Method != HttpMethods.Post)
        {
            throw Refusals.MethodNotAllowed();
        }

        WriteOptions options = QueryOptions.Write(context.Request, "CreateOptions", user);
        JsonObject asked = await RequestBody.ReadObjectAsync(context, kind, options);
        ReviewAnswer.Decode(kind, asked, ns, options, null, time);
        JsonObject answer = new()
        {
            ["kind"] = kind.Type.Kind,
            ["apiVersion"] = kind.Type.ApiVersion,
            ["metadata"] = asked["metadata"]?.DeepClone() ?? new JsonObject(),
        };
        JsonObject spec = asked.Map("spec") ?? [];
        if (kind.Type.Kind == "SelfSubjectReview")
        {
            answer["metadata"]!["creationTimestamp"] = Metadata.Time(time.GetUtcNow());
        }
        else
        {
            answer["spec"] = spec.DeepClone();
        }

        answer["status"] = kind.Type.Kind switch
        {
            "SelfSubjectReview" => new JsonObject { ["userInfo"] = ReviewAnswer.User(user) },
            "TokenReview" => Token(spec),
            "SelfSubjectRulesReview" => Rules(user, spec.Text("namespace")),
            "SelfSubjectAccessReview" => Access(kind, user, asked, ns),
            _ => Access(kind, Subject(spec), asked, ns),
        };
        Replies.Warn(context, options.Warnings);
        await Replies.NodeAsync(context, answer, StatusCodes.Status201Created);
    }

    private static UserInfo Subject(JsonObject spec)
    {
        Dictionary<string, IReadOnlyList<string>> extra = [];
        foreach ((string key, JsonNode? values) in spec.Map("extra") ?? [])
        {
            extra[key] = ReviewAnswer.Texts(values);
        }

        return new UserInfo(spec.Text("user"), spec.Text("uid"), ReviewAnswer.Texts(spec["groups"]), extra);
    }

    private JsonObject Token(JsonObject spec)
    {
        IReadOnlyList<string> audiences = ReviewAnswer.Texts(spec["audiences"]);
        string token = spec.Text("token");
        if (token.Length == 0)
        {
            throw Refusals.BadRequest("token is required for TokenReview in authentication");
        }

        TokenVerdict verdict = authentication.Check(token, audiences.Count > 0 ? audiences : ServiceAccountTokens.OwnAudiences);
        if (verdict.User is not { } user)
        {
            return new JsonObject { ["user"] = new JsonObject(), ["error"] = verdict.Error.Length == 0 ? "invalid bearer token" : $"[invalid bearer token, {verdict.Error}]" };
        }

        return new JsonObject { ["authenticated"] = true, ["user"] = ReviewAnswer.User(user), ["audiences"] = ReviewAnswer.List(verdict.Audiences) };
    }

    private JsonObject Access(KindDefinition kind, UserInfo user, JsonObject asked, string? ns)
    {
        AccessQuestion.Check(kind, asked, ns);
        AccessDecision decision = authorizer.Decide(user, AccessQuestion.Read(asked.Map("spec")!));
        JsonObject status = new() { ["allowed"] = decision.Allowed };
        if (decision.Reason.Length > 0)
        {
            status["reason"] = decision.Reason;
        }

        return status;
    }

    private JsonObject Rules(UserInfo user, string ns)
    {
        if (ns.Length == 0)
        {
            throw Refusals.BadRequest("no namespace on request");
        }

        (IReadOnlyList<PolicyRule> rules, IReadOnlyList<string> missing) = authorizer.RulesFor(user, ns);
        JsonObject status = new()
        {
            ["resourceRules"] = new JsonArray([.. rules.Where(rule => rule.Resources.Count > 0).Select(rule => (JsonNode)(rule with { Urls = [] }).ToJson())]),
            ["nonResourceRules"] = new JsonArray(
                [.. rules.Where(rule => rule.Urls.Count > 0).Select(rule => (JsonNode)new PolicyRule { Verbs = rule.Verbs, Urls = rule.Urls }.ToJson())]),
            ["incomplete"] = missing.Count > 0,
        };
        if (missing.Count > 0)
        {
            status["evaluationError"] = Authorizer.Together(missing);
        }

        return status;
    }
}
