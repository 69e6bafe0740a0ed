using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server;

/// <summary><c>serviceaccounts/NAME/token</c>: makes a token, which is answered and not stored.</summary>
internal sealed class TokenEndpoint(ObjectVerbs verbs, IServiceAccountTokens tokens, TimeProvider time)
{
    private const int DefaultSeconds = 3_600;

    public static bool IsAsked(ApiRequest request) =>
        request is { Kind: { IsCustom: false, Type: { Group: "", Plural: "serviceaccounts" } }, Path.Subresource: "token" };

    public async Task HandleAsync(ApiRequest request)
    {
        if (request.Context.Request.Method != HttpMethods.Post)
        {
            throw Refusals.MethodNotAllowed();
        }

        KindDefinition kind = ReviewKinds.TokenRequest;
        WriteOptions options = QueryOptions.Write(request.Context.Request, "CreateOptions", request.User);
        JsonObject asked = await RequestBody.ReadObjectAsync(request.Context, kind, options);
        asked.Ensure("spec").Default("expirationSeconds", DefaultSeconds);
        ReviewAnswer.Decode(kind, asked, request.Path.Namespace, options, "token", time);
        string ns = request.Path.Namespace!;
        string name = request.Path.Name!;
        JsonObject metadata = Metadata.Of(asked);
        CheckName(metadata, name);
        verbs.Reader.Get(request.Kind, ns, name);
        JsonObject spec = asked.Map("spec")!;
        IssuedToken issued = tokens.Issue(new ServiceAccountTokenRequest(ns, name)
        {
            Audiences = ReviewAnswer.Texts(spec["audiences"]),
            Lifetime = TimeSpan.FromSeconds(spec.Integer("expirationSeconds") ?? DefaultSeconds),
            BoundTo = spec.Map("boundObjectRef") is { } bound ? new BoundObject(bound.Text("apiVersion"), bound.Text("kind"), bound.Text("name"), bound.Text("uid")) : null,
        });
        metadata["name"] = name;
        metadata["uid"] = issued.AccountUid;
        metadata["creationTimestamp"] = Metadata.Time(issued.IssuedAt);
        JsonObject answer = new()
        {
            ["kind"] = kind.Type.Kind,
            ["apiVersion"] = kind.Type.ApiVersion,
            ["metadata"] = metadata.DeepClone(),
            ["spec"] = new JsonObject
            {
                ["audiences"] = ReviewAnswer.List(issued.Audiences),
                ["expirationSeconds"] = spec["expirationSeconds"]?.DeepClone(),
                ["boundObjectRef"] = spec["boundObjectRef"]?.DeepClone(),
            },
            ["status"] = new JsonObject { ["token"] = issued.Token, ["expirationTimestamp"] = Metadata.Time(issued.ExpiresAt) },
        };
        Replies.Warn(request.Context, options.Warnings);
        await Replies.NodeAsync(request.Context, answer, StatusCodes.Status201Created);
    }

    private static void CheckName(JsonObject metadata, string name)
    {
        if (Metadata.Text(metadata, "name") is { } own && own != name)
        {
            List<FieldProblem> problems = [];
            problems.Invalid("metadata.name", own, "must match the service account name if specified");
            throw Refusals.Invalid(ReviewKinds.Authentication, "TokenRequest", name, problems);
        }
    }
}
