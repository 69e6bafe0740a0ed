using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Identity;

/// <summary>Whose request it is: the administrator's by their token, a ServiceAccount's by its own, a person's by a client certificate, or anybody's.</summary>
internal sealed class Authentication(string token, ServiceAccountTokens accounts, ClientCertificates certificates)
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _hash = Hash(token);

    /// <exception cref="KubernetesException">401 for a credential that is not valid; a request without one is anonymous.</exception>
    public UserInfo Identify(HttpContext context)
    {
        string header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && header.AsSpan(Scheme.Length).Trim().Length > 0)
        {
            return Check(header[Scheme.Length..].Trim(), ServiceAccountTokens.OwnAudiences).User ?? throw Unauthorized();
        }

        if (context.Connection.ClientCertificate is { } certificate)
        {
            return certificates.Identify(certificate) ?? throw Unauthorized();
        }

        return UserInfo.Anonymous;
    }

    /// <summary>Whose token it is.</summary>
    public TokenVerdict Check(string bearer, IReadOnlyList<string> audiences)
    {
        // Hashes are compared, so that neither the time nor the length tells anything of the token.
        if (!CryptographicOperations.FixedTimeEquals(Hash(bearer), _hash))
        {
            return accounts.Check(bearer, audiences);
        }

        IReadOnlyList<string> meant = [.. audiences.Intersect(ServiceAccountTokens.OwnAudiences)];
        return meant.Count > 0 ? new TokenVerdict(UserInfo.Administrator, meant, "") : TokenVerdict.Foreign;
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static KubernetesException Unauthorized() => new(HttpStatusCode.Unauthorized, StatusReasons.Unauthorized, "Unauthorized");
}
