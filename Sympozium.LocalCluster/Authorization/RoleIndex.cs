using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Authorization;

/// <summary>What a binding gives to one of its subjects: the rules of a role, or, when there is no such role, what is missing.</summary>
internal sealed record Grant(string Source, IReadOnlyList<PolicyRule> Rules, string? Missing);

/// <summary>All roles and bindings of one moment, ordered by who gets them; immutable.</summary>
internal sealed class RoleIndex
{
    public const string Group = "rbac.authorization.k8s.io";
    public static readonly ResourceKey ClusterRoles = new(Group, "clusterroles");
    public static readonly ResourceKey Roles = new(Group, "roles");
    public static readonly ResourceKey ClusterRoleBindings = new(Group, "clusterrolebindings");
    public static readonly ResourceKey RoleBindings = new(Group, "rolebindings");

    private static readonly ResourceKey[] Sources = [ClusterRoles, Roles, ClusterRoleBindings, RoleBindings];

    private readonly object?[] _identities;
    private readonly Dictionary<StoredObject, object> _read = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(string Namespace, string Name), IReadOnlyList<PolicyRule>> _roles = [];
    private readonly Dictionary<(string Namespace, bool IsGroup, string Subject), List<Grant>> _grants = [];

    /// <param name="snapshot">The objects.</param>
    /// <param name="before">Whose readings are used again for what has not changed since.</param>
    public RoleIndex(StoreSnapshot snapshot, RoleIndex? before)
    {
        _identities = Identities(snapshot);
        foreach (StoredObject role in snapshot.List(ClusterRoles, "").Concat(snapshot.List(Roles, null)))
        {
            _roles[(role.Key.Namespace, role.Key.Name)] = Read(before, role, PolicyRule.ReadAll);
        }

        foreach (StoredObject stored in snapshot.List(ClusterRoleBindings, "").Concat(snapshot.List(RoleBindings, null)))
        {
            Add(stored.Key.Namespace, stored.Key.Name, Read(before, stored, Binding.Read));
        }
    }

    public bool IsOf(StoreSnapshot snapshot)
    {
        for (int i = 0; i < Sources.Length; i++)
        {
            if (!ReferenceEquals(_identities[i], snapshot.Identity(Sources[i])))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Null when there is no such role.</summary>
    /// <param name="ns">Empty for a ClusterRole.</param>
    /// <param name="name">Name of the role.</param>
    public IReadOnlyList<PolicyRule>? Rules(string ns, string name) => _roles.GetValueOrDefault((ns, name));

    /// <summary>Everything a user has in the cluster and, when it is named, in a namespace.</summary>
    public IEnumerable<Grant> Grants(UserInfo user, string ns)
    {
        IEnumerable<Grant> everywhere = GrantsIn("", user);
        return ns.Length == 0 ? everywhere : everywhere.Concat(GrantsIn(ns, user));
    }

    private static object?[] Identities(StoreSnapshot snapshot) => [.. Sources.Select(snapshot.Identity)];

    private IEnumerable<Grant> GrantsIn(string ns, UserInfo user)
    {
        if (_grants.TryGetValue((ns, false, user.Name), out List<Grant>? own))
        {
            foreach (Grant grant in own)
            {
                yield return grant;
            }
        }

        foreach (string group in user.Groups)
        {
            if (_grants.TryGetValue((ns, true, group), out List<Grant>? common))
            {
                foreach (Grant grant in common)
                {
                    yield return grant;
                }
            }
        }
    }

    private T Read<T>(RoleIndex? before, StoredObject stored, Func<JsonObject, T> read)
        where T : class
    {
        T value = before is not null && before._read.TryGetValue(stored, out object? known) ? (T)known : read(stored.ToJson());
        _read[stored] = value;
        return value;
    }

    private void Add(string ns, string name, Binding binding)
    {
        bool isCluster = binding.RoleKind == "ClusterRole";
        IReadOnlyList<PolicyRule>? rules = Rules(isCluster ? "" : ns, binding.RoleName);
        string? missing = rules is null ? $"{binding.RoleKind.ToLowerInvariant()}.{Group} \"{binding.RoleName}\" not found" : null;
        string kind = ns.Length == 0 ? "ClusterRoleBinding" : "RoleBinding";
        string path = ns.Length == 0 ? name : $"{name}/{ns}";
        foreach (BindingSubject subject in binding.Subjects)
        {
            bool isAccount = subject.Kind == "ServiceAccount";
            string account = subject.Namespace.Length > 0 ? subject.Namespace : ns;
            string shown = isAccount ? $"{subject.Name}/{account}" : subject.Name;
            (string, bool, string) key = (ns, subject.Kind == "Group", isAccount ? ServiceAccountNames.UserName(account, subject.Name) : subject.Name);
            string source = $"{kind} \"{path}\" of {binding.RoleKind} \"{binding.RoleName}\" to {subject.Kind} \"{shown}\"";
            if (!_grants.TryGetValue(key, out List<Grant>? grants))
            {
                _grants[key] = grants = [];
            }

            grants.Add(new Grant(source, rules ?? [], missing));
        }
    }

    private sealed record BindingSubject(string Kind, string Name, string Namespace);

    private sealed record Binding(string RoleKind, string RoleName, IReadOnlyList<BindingSubject> Subjects)
    {
        public static Binding Read(JsonObject binding)
        {
            JsonObject? role = binding.Map("roleRef");
            return new Binding(
                role.Text("kind"), role.Text("name"),
                [.. binding.Items("subjects").Select(entry => new BindingSubject(entry.Item.Text("kind"), entry.Item.Text("name"), entry.Item.Text("namespace")))]);
        }
    }
}
