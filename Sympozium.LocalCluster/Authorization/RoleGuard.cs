using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Authorization;

/// <summary>
/// Nobody gives more than they have: who writes a role must hold its rules, who writes a binding must hold the rules of its role,
/// unless they have the verb <c>escalate</c> on the one or <c>bind</c> on the other.
/// </summary>
internal sealed class RoleGuard(Authorizer authorizer)
{
    private static readonly PolicyRule[] Everything =
        [new PolicyRule { Verbs = ["*"], Groups = ["*"], Resources = ["*"] }, new PolicyRule { Verbs = ["*"], Urls = ["*"] }];

    /// <summary>Checks the write of a role or a binding; anything else passes.</summary>
    /// <param name="kind">Kind of the object.</param>
    /// <param name="next">The object as it would be stored.</param>
    /// <param name="old">The stored object of an update.</param>
    /// <param name="user">Who writes.</param>
    /// <exception cref="KubernetesException">403; 404 when a binding names no role.</exception>
    public void Check(KindDefinition kind, JsonObject next, JsonObject? old, UserInfo user)
    {
        if (kind.IsCustom || kind.Type.Group != RoleIndex.Group || user.IsMaster || old is not null && IsOnlyReleased(next, old))
        {
            return;
        }

        JsonObject metadata = Metadata.Of(next);
        string name = metadata.Text("name");
        string ns = metadata.Text("namespace");
        if (kind.Type.Kind is "Role" or "ClusterRole")
        {
            CheckRole(kind, next, old, user, (ns, name));
        }
        else
        {
            CheckBinding(kind, next, user, (ns, name));
        }
    }

    private void CheckRole(KindDefinition kind, JsonObject next, JsonObject? old, UserInfo user, (string Namespace, string Name) key)
    {
        if (Has(user, "escalate", kind.Type.Plural, key.Namespace, key.Name))
        {
            return;
        }

        RequireCover(kind, key, user, PolicyRule.ReadAll(next));
        // It can gather anything, also what comes later.
        if (next["aggregationRule"] is JsonObject && !JsonNode.DeepEquals(next["aggregationRule"], old?["aggregationRule"]) && Missing(user, "", Everything).Count > 0)
        {
            throw Refusals.Forbidden(kind.Type, key.Name, "must have cluster-admin privileges to use an aggregationRule");
        }
    }

    private void CheckBinding(KindDefinition kind, JsonObject next, UserInfo user, (string Namespace, string Name) key)
    {
        JsonObject? role = next.Map("roleRef");
        string roleKind = role.Text("kind");
        if (roleKind is not ("Role" or "ClusterRole") || Has(user, "bind", roleKind == "Role" ? "roles" : "clusterroles", key.Namespace, role.Text("name")))
        {
            // A wrong kind is for validation to report.
            return;
        }

        RequireCover(kind, key, user, authorizer.RulesOf(roleKind, key.Namespace, role.Text("name")));
    }

    private void RequireCover(KindDefinition kind, (string Namespace, string Name) key, UserInfo user, IReadOnlyList<PolicyRule> rules)
    {
        List<PolicyRule> missing = Missing(user, key.Namespace, rules);
        if (missing.Count == 0)
        {
            return;
        }

        IEnumerable<string> shown = Compact(missing).Select(rule => rule.ToString()).Order(StringComparer.Ordinal).Distinct();
        string why = $"user \"{user.Name}\" (groups={PolicyRule.Shown(user.Groups)}) is attempting to grant RBAC permissions not currently held:\n{string.Join('\n', shown)}";
        IReadOnlyList<string> errors = authorizer.RulesFor(user, key.Namespace).Missing;
        throw Refusals.Forbidden(kind.Type, key.Name, errors.Count == 0 ? why : $"{why}; resolution errors: [{string.Join(' ', errors)}]");
    }

    private List<PolicyRule> Missing(UserInfo user, string ns, IReadOnlyList<PolicyRule> rules)
    {
        IReadOnlyList<PolicyRule> own = authorizer.RulesFor(user, ns).Rules;
        return [.. rules.SelectMany(rule => rule.Singles()).Where(single => !own.Any(rule => rule.Covers(single)))];
    }

    private bool Has(UserInfo user, string verb, string resource, string ns, string name)
    {
        AccessAttributes asked = new() { Verb = verb, IsResource = true, Group = RoleIndex.Group, Resource = resource, Namespace = ns, Name = name };
        return authorizer.Decide(user, asked).Allowed;
    }

    // The verbs of one thing in one rule.
    private static IEnumerable<PolicyRule> Compact(IEnumerable<PolicyRule> singles) =>
        singles.Where(rule => rule.Urls.Count == 0)
            .GroupBy(rule => (rule.Groups[0], rule.Resources[0], rule.Names.Count > 0 ? rule.Names[0] : null))
            .Select(same => same.First() with { Verbs = [.. same.Select(rule => rule.Verbs[0]).Distinct()] })
            .Concat(singles.Where(rule => rule.Urls.Count > 0));

    // Garbage collection must be able to take finalizers and owners off.
    private static bool IsOnlyReleased(JsonObject next, JsonObject old)
    {
        JsonObject then = old.DeepClone().AsObject();
        JsonObject now = next.DeepClone().AsObject();
        foreach (string field in (string[])["finalizers", "ownerReferences", "managedFields", "resourceVersion"])
        {
            Metadata.Of(then).Remove(field);
            Metadata.Of(now).Remove(field);
        }

        return JsonNode.DeepEquals(then, now);
    }
}
