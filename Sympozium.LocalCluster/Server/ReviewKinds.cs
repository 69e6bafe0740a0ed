using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Server;

/// <summary>The kinds that are only asked: a POST is answered, and nothing is stored.</summary>
internal static class ReviewKinds
{
    public const string Authorization = "authorization.k8s.io";
    public const string Authentication = "authentication.k8s.io";

    /// <summary>Asked at a subresource of the account.</summary>
    public static KindDefinition TokenRequest { get; } = Kind(Authentication, "tokenrequests", "TokenRequest", namespaced: true);

    public static IReadOnlyList<KindDefinition> All { get; } =
    [
        Kind(Authentication, "selfsubjectreviews", "SelfSubjectReview"),
        Kind(Authentication, "tokenreviews", "TokenReview"),
        Kind(Authorization, "localsubjectaccessreviews", "LocalSubjectAccessReview", namespaced: true),
        Kind(Authorization, "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        Kind(Authorization, "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
        Kind(Authorization, "subjectaccessreviews", "SubjectAccessReview"),
    ];

    /// <summary>Null when the path is that of no such kind.</summary>
    public static KindDefinition? Find(RequestPath path) => path is { Version: "v1", Name: null, IsWatch: false }
        ? All.FirstOrDefault(kind => kind.Type.Group == path.Group && kind.Type.Plural == path.Plural && kind.Type.Namespaced == path.Namespace is not null)
        : null;

    private static KindDefinition Kind(string group, string plural, string kind, bool namespaced = false) => new()
    {
        Type = new ResourceType(group, "v1", plural, kind, namespaced),
        Singular = plural[..^1],
        ListKind = kind + "List",
        Schema = CoreSchemas.Instance[$"io.k8s.api.{group[..group.IndexOf('.', StringComparison.Ordinal)]}.v1.{kind}"],
    };
}
