using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>Role and ClusterRole: each rule needs verbs and something they apply to.</summary>
internal sealed class RoleRules : KindRules
{
    public override NameForm Naming => NameForm.PathSegment;

    // Kubernetes always writes the field, null when there are none.
    public override void ApplyDefaults(JsonObject obj) => obj.TryAdd("rules", null);

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        foreach ((int index, JsonObject rule) in obj.Items("rules"))
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"rules[{index}]");
            if (rule["verbs"] is not JsonArray { Count: > 0 })
            {
                problems.Required($"{path}.verbs", "verbs must contain at least one value");
            }

            if (rule["nonResourceURLs"] is JsonArray { Count: > 0 })
            {
                continue;
            }

            if (rule["apiGroups"] is not JsonArray { Count: > 0 })
            {
                problems.Required($"{path}.apiGroups", "resource rules must supply at least one api group");
            }

            if (rule["resources"] is not JsonArray { Count: > 0 })
            {
                problems.Required($"{path}.resources", "resource rules must supply at least one resource");
            }
        }
    }
}

/// <summary>RoleBinding and ClusterRoleBinding.</summary>
internal sealed class RoleBindingRules(bool clusterWide) : KindRules
{
    private const string Group = "rbac.authorization.k8s.io";

    public override NameForm Naming => NameForm.PathSegment;

    public override void ApplyDefaults(JsonObject obj)
    {
        JsonObject role = obj.Ensure("roleRef");
        role.Default("apiGroup", Group);
        foreach ((_, JsonObject subject) in obj.Items("subjects"))
        {
            if (subject.Text("kind") is "User" or "Group")
            {
                subject.Default("apiGroup", Group);
            }
        }
    }

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject? role = obj.Map("roleRef");
        problems.OneOf("roleRef.apiGroup", role?["apiGroup"], required: true, Group);
        if (clusterWide)
        {
            problems.OneOf("roleRef.kind", role?["kind"], required: true, "ClusterRole");
        }
        else
        {
            problems.OneOf("roleRef.kind", role?["kind"], required: true, "ClusterRole", "Role");
        }

        if (role.Text("name").Length == 0)
        {
            problems.Required("roleRef.name");
        }

        foreach ((int index, JsonObject subject) in obj.Items("subjects"))
        {
            Subject(subject, string.Create(CultureInfo.InvariantCulture, $"subjects[{index}]"), problems);
        }

        if (old?.Map("roleRef") is { } before && !JsonNode.DeepEquals(role, before))
        {
            JsonObject shown = new() { ["APIGroup"] = role.Text("apiGroup"), ["Kind"] = role.Text("kind"), ["Name"] = role.Text("name") };
            problems.Invalid("roleRef", shown, "cannot change roleRef");
        }
    }

    private void Subject(JsonObject subject, string path, List<FieldProblem> problems)
    {
        if (subject.Text("name").Length == 0)
        {
            problems.Required($"{path}.name");
        }

        problems.OneOf($"{path}.kind", subject["kind"], required: true, "Group", "ServiceAccount", "User");
        if (subject.Text("kind") != "ServiceAccount")
        {
            problems.OneOf($"{path}.apiGroup", subject["apiGroup"], required: false, Group);
        }
        else if (clusterWide && subject.Text("namespace").Length == 0)
        {
            problems.Required($"{path}.namespace");
        }
    }
}
