using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Authorization;

/// <summary>One rule of a role: verbs on resources, or on paths outside of them.</summary>
internal sealed record PolicyRule
{
    private const string All = "*";

    public IReadOnlyList<string> Verbs { get; init; } = [];

    public IReadOnlyList<string> Groups { get; init; } = [];

    public IReadOnlyList<string> Resources { get; init; } = [];

    public IReadOnlyList<string> Names { get; init; } = [];

    public IReadOnlyList<string> Urls { get; init; } = [];

    public static PolicyRule[] ReadAll(JsonObject role) => role["rules"] is JsonArray rules ? [.. rules.OfType<JsonObject>().Select(Read)] : [];

    public static PolicyRule Read(JsonObject rule) => new()
    {
        Verbs = Texts(rule["verbs"]),
        Groups = Texts(rule["apiGroups"]),
        Resources = Texts(rule["resources"]),
        Names = Texts(rule["resourceNames"]),
        Urls = Texts(rule["nonResourceURLs"]),
    };

    public bool Allows(AccessAttributes asked)
    {
        if (!Matches(Verbs, asked.Verb))
        {
            return false;
        }

        return asked.IsResource
            ? Matches(Groups, asked.Group) && MatchesResource(asked) && (Names.Count == 0 || Names.Contains(asked.Name))
            : MatchesUrl(asked.Path);
    }

    /// <summary>Whether whoever has this rule has all of the other, which is one verb on one thing.</summary>
    public bool Covers(PolicyRule single)
    {
        bool sameNames = single.Names.Count == 0 ? Names.Count == 0 : Names.Count == 0 || single.Names.All(Names.Contains);
        return sameNames && CoversAll(Verbs, single.Verbs) && CoversAll(Groups, single.Groups) && single.Resources.All(CoversResource) && single.Urls.All(MatchesUrl);
    }

    /// <summary>One rule for each verb on each thing.</summary>
    public IEnumerable<PolicyRule> Singles()
    {
        foreach (string group in Groups)
        {
            foreach (string resource in Resources)
            {
                foreach (string verb in Verbs)
                {
                    PolicyRule single = new() { Groups = [group], Resources = [resource], Verbs = [verb] };
                    if (Names.Count == 0)
                    {
                        yield return single;
                    }

                    foreach (string name in Names)
                    {
                        yield return single with { Names = [name] };
                    }
                }
            }
        }

        foreach (string url in Urls)
        {
            foreach (string verb in Verbs)
            {
                yield return new PolicyRule { Urls = [url], Verbs = [verb] };
            }
        }
    }

    public JsonObject ToJson()
    {
        JsonObject rule = new() { ["verbs"] = Array(Verbs) };
        foreach ((string name, IReadOnlyList<string> values) in Parts().Where(part => part.Values.Count > 0))
        {
            rule[name] = Array(values);
        }

        return rule;

        static JsonArray Array(IReadOnlyList<string> values) => new([.. values.Select(value => (JsonNode)value)]);

        IEnumerable<(string Name, IReadOnlyList<string> Values)> Parts() =>
            [("apiGroups", Groups), ("resources", Resources), ("resourceNames", Names), ("nonResourceURLs", Urls)];
    }

    /// <summary>As messages show a rule: <c>{APIGroups:[""], Resources:["pods"], Verbs:["get"]}</c>.</summary>
    public override string ToString()
    {
        (string Name, IReadOnlyList<string> Values)[] parts =
            [("APIGroups", Groups), ("Resources", Resources), ("NonResourceURLs", Urls), ("ResourceNames", Names), ("Verbs", Verbs)];
        return "{" + string.Join(", ", parts.Where(part => part.Values.Count > 0).Select(part => $"{part.Name}:{Shown(part.Values)}")) + "}";
    }

    /// <summary>A list of texts as Go's <c>%q</c> writes it.</summary>
    public static string Shown(IEnumerable<string> values) => $"[{string.Join(' ', values.Select(GoJson.Quote))}]";

    private static IReadOnlyList<string> Texts(JsonNode? node) => node is JsonArray list ? [.. list.Select(item => item?.ToString() ?? "")] : [];

    private static bool Matches(IReadOnlyList<string> allowed, string asked) => allowed.Contains(All) || allowed.Contains(asked);

    private static bool CoversAll(IReadOnlyList<string> allowed, IReadOnlyList<string> asked) => allowed.Contains(All) || asked.All(allowed.Contains);

    private bool MatchesResource(AccessAttributes asked)
    {
        string combined = asked.Combined;
        foreach (string allowed in Resources)
        {
            if (allowed == All || allowed == combined || asked.Subresource.Length > 0 && IsAnyResource(allowed, asked.Subresource))
            {
                return true;
            }
        }

        return false;
    }

    private bool CoversResource(string resource)
    {
        int slash = resource.IndexOf('/', StringComparison.Ordinal);
        return Resources.Contains(All) || Resources.Contains(resource) || slash > 0 && Resources.Any(allowed => IsAnyResource(allowed, resource[(slash + 1)..]));
    }

    // "*/scale": that subresource of every resource.
    private static bool IsAnyResource(string allowed, string subresource) =>
        allowed.Length == subresource.Length + 2 && allowed.StartsWith("*/", StringComparison.Ordinal) && allowed.EndsWith(subresource, StringComparison.Ordinal);

    private bool MatchesUrl(string url)
    {
        foreach (string allowed in Urls)
        {
            if (allowed == All || allowed == url || allowed.EndsWith('*') && url.StartsWith(allowed.TrimEnd('*'), StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
