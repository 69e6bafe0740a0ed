using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Authorization;

/// <summary>Whether something is allowed, and why, or what could not be looked at.</summary>
internal readonly record struct AccessDecision(bool Allowed, string Reason);

/// <summary>
/// Decides by Roles, ClusterRoles and their bindings (RBAC). What these say is read once for as long as none of them changes, so a
/// decision costs a few look-ups. Members of <c>system:masters</c> may do everything, even when all bindings are gone.
/// </summary>
internal sealed class Authorizer(ClusterStore store)
{
    private RoleIndex? _index;

    public AccessDecision Decide(UserInfo user, AccessAttributes asked)
    {
        if (user.IsMaster)
        {
            return new AccessDecision(true, "");
        }

        List<string>? missing = null;
        foreach (Grant grant in Index().Grants(user, asked.IsResource ? asked.Namespace : ""))
        {
            foreach (PolicyRule rule in grant.Rules)
            {
                if (rule.Allows(asked))
                {
                    return new AccessDecision(true, $"RBAC: allowed by {grant.Source}");
                }
            }

            if (grant.Missing is not null && missing?.Contains(grant.Missing) != true)
            {
                (missing ??= []).Add(grant.Missing);
            }
        }

        return new AccessDecision(false, missing is null ? "" : $"RBAC: {Together(missing)}");
    }

    /// <exception cref="KubernetesException">403.</exception>
    public void Require(UserInfo user, AccessAttributes asked)
    {
        AccessDecision decision = Decide(user, asked);
        if (!decision.Allowed)
        {
            throw Forbidden(user, asked, decision.Reason);
        }
    }

    /// <summary>All rules that hold for a user in a namespace (and those of the cluster), and the roles that are bound but not there.</summary>
    public (IReadOnlyList<PolicyRule> Rules, IReadOnlyList<string> Missing) RulesFor(UserInfo user, string ns)
    {
        List<Grant> grants = [.. Index().Grants(user, ns)];
        return ([.. grants.SelectMany(grant => grant.Rules)], [.. grants.Select(grant => grant.Missing).OfType<string>().Distinct()]);
    }

    /// <summary>The rules of the role that a binding names.</summary>
    /// <exception cref="KubernetesException">404.</exception>
    public IReadOnlyList<PolicyRule> RulesOf(string roleKind, string ns, string name) =>
        Index().Rules(roleKind == "ClusterRole" ? "" : ns, name)
        ?? throw new KubernetesException(
            HttpStatusCode.NotFound, StatusReasons.NotFound, $"{roleKind.ToLowerInvariant()}s.{RoleIndex.Group} \"{name}\" not found",
            Refusals.Details(RoleIndex.Group, $"{roleKind.ToLowerInvariant()}s", name));

    /// <summary>Several errors as Go joins them.</summary>
    internal static string Together(IReadOnlyList<string> errors) => errors.Count == 1 ? errors[0] : $"[{string.Join(", ", errors)}]";

    private static KubernetesException Forbidden(UserInfo user, AccessAttributes asked, string reason)
    {
        // The words go to browsers too.
        string why = asked.Refusal(user).Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
        if (reason.Length > 0)
        {
            why = $"{why}: {reason}";
        }

        if (!asked.IsResource)
        {
            return new KubernetesException(HttpStatusCode.Forbidden, StatusReasons.Forbidden, $"forbidden: {why}", []);
        }

        string resource = asked.Group.Length == 0 ? asked.Resource : $"{asked.Resource}.{asked.Group}";
        string named = asked.Name.Length == 0 ? resource : $"{resource} \"{asked.Name}\"";
        JsonObject details = Refusals.Details(asked.Group, asked.Resource, asked.Name);
        return new KubernetesException(HttpStatusCode.Forbidden, StatusReasons.Forbidden, $"{named} is forbidden: {why}", details);
    }

    private RoleIndex Index()
    {
        StoreSnapshot snapshot = store.Snapshot;
        RoleIndex? index = Volatile.Read(ref _index);
        if (index?.IsOf(snapshot) != true)
        {
            // A race reads the roles twice, which is harmless.
            index = new RoleIndex(snapshot, index);
            Volatile.Write(ref _index, index);
        }

        return index;
    }
}
