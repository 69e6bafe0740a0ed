using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Identity;

/// <summary>Makes the tokens with which programs act as a ServiceAccount: what <c>serviceaccounts/NAME/token</c> does, without HTTP.</summary>
public interface IServiceAccountTokens
{
    /// <exception cref="KubernetesException">
    /// NotFound for the account or the bound object, Invalid, Conflict when the bound object has another uid, BadRequest when it cannot be bound to.
    /// </exception>
    IssuedToken Issue(ServiceAccountTokenRequest request);
}

/// <summary>A token that is wanted.</summary>
/// <param name="Namespace">Namespace of the account.</param>
/// <param name="ServiceAccount">Name of the account.</param>
public sealed record ServiceAccountTokenRequest(string Namespace, string ServiceAccount)
{
    /// <value>Who accepts the token; empty for the API server.</value>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <value>How long the token is valid, at least ten minutes. Default: one hour.</value>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);

    /// <value>The token is valid only as long as this Pod or Secret exists; null for the life of the account.</value>
    public BoundObject? BoundTo { get; init; }
}

/// <summary>Names the object that a token is bound to.</summary>
/// <param name="ApiVersion"><c>v1</c>.</param>
/// <param name="Kind"><c>Pod</c> or <c>Secret</c>.</param>
/// <param name="Name">Name, in the account's namespace.</param>
/// <param name="Uid">Uid that the object must have; empty for whatever it has.</param>
public sealed record BoundObject(string ApiVersion, string Kind, string Name, string Uid = "");

/// <summary>A token and how long it is good for.</summary>
/// <param name="Token">A signed JWT (RFC 7519). Secret.</param>
/// <param name="AccountUid">Uid of the account.</param>
/// <param name="Audiences">Who accepts it.</param>
/// <param name="IssuedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends.</param>
public sealed record IssuedToken(string Token, string AccountUid, IReadOnlyList<string> Audiences, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt);
