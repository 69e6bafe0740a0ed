using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server;

/// <summary>Who makes a request.</summary>
internal sealed record Caller(string Name, IReadOnlyList<string> Groups, bool IsAdministrator);

/// <summary>One token, one user: the administrator. Requests without a token are anonymous and may only ask for version and health.</summary>
internal sealed class Authentication(string token)
{
    private static readonly Caller Administrator = new("system:admin", ["system:masters", "system:authenticated"], IsAdministrator: true);
    private static readonly Caller Anonymous = new("system:anonymous", ["system:unauthenticated"], IsAdministrator: false);

    private readonly byte[] _hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <exception cref="KubernetesException">401 for a wrong token.</exception>
    public Caller Identify(HttpContext context)
    {
        string header = context.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            return Anonymous;
        }

        const string scheme = "Bearer ";
        // Hashes are compared, so that neither the time nor the length tells anything of the token.
        bool matches = header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(header[scheme.Length..].Trim())), _hash);
        return matches
            ? Impersonated(context) ?? Administrator
            : throw new KubernetesException(HttpStatusCode.Unauthorized, StatusReasons.Unauthorized, "Unauthorized");
    }

    /// <summary>Refuses what a caller other than the administrator asks for.</summary>
    public static KubernetesException Refuse(HttpContext context, RequestPath? path, Caller caller)
    {
        if (path is null || path.Plural.Length == 0)
        {
            string verb = context.Request.Method.ToLowerInvariant();
            return new KubernetesException(
                HttpStatusCode.Forbidden, StatusReasons.Forbidden, $"forbidden: User \"{caller.Name}\" cannot {verb} path \"{context.Request.Path}\"", []);
        }

        string resource = path.Group.Length == 0 ? path.Plural : $"{path.Plural}.{path.Group}";
        string named = path.Name is null ? resource : $"{resource} \"{path.Name}\"";
        string asked = path.Subresource is null ? path.Plural : $"{path.Plural}/{path.Subresource}";
        string scope = path.Namespace is null ? "at the cluster scope" : $"in the namespace \"{path.Namespace}\"";
        JsonObject details = Refusals.Details(path.Group, path.Plural, path.Name ?? "");
        return new KubernetesException(
            HttpStatusCode.Forbidden, StatusReasons.Forbidden,
            $"{named} is forbidden: User \"{caller.Name}\" cannot {Verb(context, path)} resource \"{asked}\" in API group \"{path.Group}\" {scope}", details);
    }

    private static string Verb(HttpContext context, RequestPath path) => context.Request.Method switch
    {
        "GET" when path.IsWatch || path.Name is null && QueryOptions.Flag(context.Request.Query, "watch") => "watch",
        "GET" => path.Name is null ? "list" : "get",
        "POST" => "create",
        "PUT" => "update",
        "DELETE" => path.Name is null ? "deletecollection" : "delete",
        var method => method.ToLowerInvariant(),
    };

    private static Caller? Impersonated(HttpContext context)
    {
        string user = context.Request.Headers["Impersonate-User"].ToString();
        string[] groups = [.. context.Request.Headers["Impersonate-Group"].OfType<string>()];
        if (user.Length == 0)
        {
            return groups.Length == 0
                ? null
                : throw Refusals.BadRequest(
                    $"requested &user.DefaultInfo{{Name:\"\", UID:\"\", Groups:[]string{{{string.Join(", ", groups.Select(group => $"\"{group}\""))}}}, Extra:map[string][]string(nil)}} without impersonating a user name");
        }

        return new Caller(user, groups.Length > 0 ? groups : ["system:authenticated"], groups.Contains("system:masters"));
    }
}
