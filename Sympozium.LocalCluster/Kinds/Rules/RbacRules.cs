using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>Role and ClusterRole: each rule needs verbs and something they apply to.</summary>
internal sealed class RoleRules(bool clusterWide) : KindRules
{
    public override NameForm Naming => NameForm.PathSegment;

    // Kubernetes always writes the field, null when there are none.
    public override void ApplyDefaults(JsonObject obj) => obj.TryAdd("rules", null);

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        foreach ((int index, JsonObject rule) in obj.Items("rules"))
        {
            Rule(rule, string.Create(CultureInfo.InvariantCulture, $"rules[{index}]"), problems);
        }

        if (!clusterWide || obj.Map("aggregationRule") is not { } aggregation)
        {
            return;
        }

        if (!aggregation.Items("clusterRoleSelectors").Any())
        {
            problems.Required("aggregationRule.clusterRoleSelectors", "at least one clusterRoleSelector required if aggregationRule is non-nil");
        }

        foreach ((int index, JsonObject selector) in aggregation.Items("clusterRoleSelectors"))
        {
            LabelSelectorRules.Validate(selector, string.Create(CultureInfo.InvariantCulture, $"aggregationRule.clusterRoleSelectors[{index}]"), problems);
        }
    }

    private void Rule(JsonObject rule, string path, List<FieldProblem> problems)
    {
        if (!HasAny(rule, "verbs"))
        {
            problems.Required($"{path}.verbs", "verbs must contain at least one value");
        }

        if (HasAny(rule, "nonResourceURLs"))
        {
            if (!clusterWide)
            {
                problems.Invalid($"{path}.nonResourceURLs", rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs");
            }

            if (HasAny(rule, "apiGroups") || HasAny(rule, "resources") || HasAny(rule, "resourceNames"))
            {
                problems.Invalid($"{path}.nonResourceURLs", rule["nonResourceURLs"], "rules cannot apply to both regular resources and non-resource URLs");
            }

            return;
        }

        if (!HasAny(rule, "apiGroups"))
        {
            problems.Required($"{path}.apiGroups", "resource rules must supply at least one api group");
        }

        if (!HasAny(rule, "resources"))
        {
            problems.Required($"{path}.resources", "resource rules must supply at least one resource");
        }
    }

    private static bool HasAny(JsonObject rule, string list) => rule[list] is JsonArray { Count: > 0 };
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
        if (role.Text("apiGroup") != Group)
        {
            problems.NotSupported("roleRef.apiGroup", role.Text("apiGroup"), [Group]);
        }

        string[] kinds = clusterWide ? ["ClusterRole"] : ["Role", "ClusterRole"];
        if (!kinds.Contains(role.Text("kind")))
        {
            problems.NotSupported("roleRef.kind", role.Text("kind"), kinds);
        }

        string name = role.Text("name");
        if (name.Length == 0)
        {
            problems.Required("roleRef.name");
        }
        else
        {
            problems.Invalid("roleRef.name", name, Names.Check(NameForm.PathSegment, name));
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
        string name = subject.Text("name");
        if (name.Length == 0)
        {
            problems.Required($"{path}.name");
        }

        switch (subject.Text("kind"))
        {
            case "ServiceAccount":
                Account(subject, name, path, problems);
                break;
            case "User" or "Group":
                if (name.Length == 0)
                {
                    problems.Invalid($"{path}.name", "", [$"{subject.Text("kind").ToLowerInvariant()} name cannot be empty"]);
                }

                if (subject.Text("apiGroup") != Group)
                {
                    problems.NotSupported($"{path}.apiGroup", subject.Text("apiGroup"), [Group]);
                }

                break;
            default:
                problems.NotSupported($"{path}.kind", subject.Text("kind"), ["ServiceAccount", "User", "Group"]);
                break;
        }
    }

    private void Account(JsonObject subject, string name, string path, List<FieldProblem> problems)
    {
        if (name.Length > 0)
        {
            problems.Invalid($"{path}.name", name, Names.Subdomain(name));
        }

        if (subject.Text("apiGroup").Length > 0)
        {
            problems.NotSupported($"{path}.apiGroup", subject["apiGroup"], [""]);
        }

        if (clusterWide && subject.Text("namespace").Length == 0)
        {
            problems.Required($"{path}.namespace");
        }
    }
}
