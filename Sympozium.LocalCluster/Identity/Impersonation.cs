using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Authorization;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Identity;

/// <summary>
/// Acting as somebody else by the <c>Impersonate-</c> headers: each of the name, the uid, the groups and the extra facts needs the verb
/// <c>impersonate</c> on it.
/// </summary>
internal sealed class Impersonation(Authorizer authorizer)
{
    private const string UserHeader = "Impersonate-User";
    private const string UidHeader = "Impersonate-Uid";
    private const string GroupHeader = "Impersonate-Group";
    private const string ExtraPrefix = "Impersonate-Extra-";
    private const string AuthenticationGroup = "authentication.k8s.io";

    /// <summary>The user that the request acts as.</summary>
    /// <exception cref="KubernetesException">403 for whom may not; 400 when something but the name is named.</exception>
    public UserInfo Apply(HttpContext context, UserInfo requester)
    {
        IHeaderDictionary headers = context.Request.Headers;
        if (!IsAsked(headers))
        {
            return requester;
        }

        string name = headers[UserHeader].ToString();
        string uid = headers[UidHeader].ToString();
        string[] groups = [.. headers[GroupHeader].OfType<string>().Where(group => group.Length > 0)];
        Dictionary<string, IReadOnlyList<string>> extra = Extra(headers);
        if (name.Length == 0)
        {
            throw Refusals.BadRequest(
                $"requested &user.DefaultInfo{{Name:\"\", UID:{GoJson.Quote(uid)}, Groups:{Go(groups)}, Extra:{Go(extra)}}} without impersonating a user name");
        }

        RequireUser(requester, name);
        if (uid.Length > 0)
        {
            Require(requester, AuthenticationGroup, "uids", "", uid, "");
        }

        foreach (string group in groups)
        {
            Require(requester, "", "groups", "", group, "");
        }

        foreach ((string key, string value) in extra.SelectMany(pair => pair.Value.Select(value => (pair.Key, value))))
        {
            Require(requester, AuthenticationGroup, "userextras", key, value, "");
        }

        return new UserInfo(name, uid, Groups(name, groups), extra);
    }

    private static bool IsAsked(IHeaderDictionary headers)
    {
        foreach ((string header, _) in headers)
        {
            if (header.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static Dictionary<string, IReadOnlyList<string>> Extra(IHeaderDictionary headers)
    {
        Dictionary<string, IReadOnlyList<string>> extra = new(StringComparer.Ordinal);
        foreach ((string header, Microsoft.Extensions.Primitives.StringValues values) in headers)
        {
            if (header.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase))
            {
                extra[Uri.UnescapeDataString(header[ExtraPrefix.Length..].ToLowerInvariant())] = [.. values.OfType<string>()];
            }
        }

        return extra;
    }

    // A ServiceAccount belongs to its groups unless others are named; everybody else to those named and to the authenticated.
    private static IReadOnlyList<string> Groups(string name, string[] named)
    {
        IReadOnlyList<string> groups = named.Length == 0 && ServiceAccountNames.TrySplit(name, out string ns, out _) ? ServiceAccountNames.Groups(ns) : named;
        if (name == UserInfo.AnonymousName)
        {
            return groups.Contains(UserInfo.Unauthenticated) ? groups : [.. groups, UserInfo.Unauthenticated];
        }

        return groups.Contains(UserInfo.Authenticated) || groups.Contains(UserInfo.Unauthenticated) ? groups : [.. groups, UserInfo.Authenticated];
    }

    private static string Go(string[] values) => values.Length == 0 ? "[]string(nil)" : $"[]string{{{string.Join(", ", values.Select(GoJson.Quote))}}}";

    private static string Go(Dictionary<string, IReadOnlyList<string>> extra) => extra.Count == 0
        ? "map[string][]string(nil)"
        : $"map[string][]string{{{string.Join(", ", extra.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{GoJson.Quote(pair.Key)}:{Go([.. pair.Value])}"))}}}";

    private void RequireUser(UserInfo requester, string name)
    {
        if (ServiceAccountNames.TrySplit(name, out string ns, out string account))
        {
            Require(requester, "", "serviceaccounts", "", account, ns);
        }
        else
        {
            Require(requester, "", "users", "", name, "");
        }
    }

    private void Require(UserInfo requester, string group, string resource, string subresource, string name, string ns) => authorizer.Require(
        requester,
        new AccessAttributes { Verb = "impersonate", IsResource = true, Group = group, Resource = resource, Subresource = subresource, Name = name, Namespace = ns });
}
