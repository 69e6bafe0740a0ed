using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Garbage;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Authorization;

/// <summary>
/// Keeps the rules of ClusterRoles with an <c>aggregationRule</c>: those of the roles that it selects, in order of their names and
/// each once. Woken by every change of a ClusterRole; idempotent, since it writes only what differs.
/// </summary>
internal sealed class RoleAggregator(ClusterStore store, KindRegistry registry, ObjectVerbs verbs) : ICollector
{
    private const string Manager = "clusterrole-aggregation-controller";

    public IEnumerable<ObjectKey> Affected(StoredObject changed, bool isDeletion)
    {
        if (changed.Key.Resource != RoleIndex.ClusterRoles)
        {
            yield break;
        }

        foreach (StoredObject role in store.Snapshot.List(RoleIndex.ClusterRoles, ""))
        {
            if (Gathers(role))
            {
                yield return role.Key;
            }
        }
    }

    public async Task CollectAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        if (stored.Key.Resource != RoleIndex.ClusterRoles || !Gathers(stored) || store.Snapshot.Find(stored.Key) is not { } current)
        {
            return;
        }

        JsonObject role = current.ToJson();
        List<LabelSelector> selectors = [.. role.Map("aggregationRule").Items("clusterRoleSelectors").Select(entry => Selector(entry.Item))];
        JsonArray rules = [];
        foreach (StoredObject other in store.Snapshot.List(RoleIndex.ClusterRoles, ""))
        {
            if (other.Key != current.Key && selectors.Exists(selector => selector.Matches(other.Facts.Labels)))
            {
                Take(rules, other.ToJson());
            }
        }

        if (JsonNode.DeepEquals(rules, role["rules"] as JsonArray ?? []))
        {
            return;
        }

        JsonObject applied = new()
        {
            ["apiVersion"] = $"{RoleIndex.Group}/v1",
            ["kind"] = "ClusterRole",
            ["metadata"] = new JsonObject { ["name"] = current.Key.Name },
            ["rules"] = rules,
        };
        KindDefinition kind = registry.Current.Find(RoleIndex.Group, "v1", RoleIndex.ClusterRoles.Plural)!;
        await verbs.PatchAsync(
            kind, null, current.Key.Name, null, new Patch(PatchType.Apply, applied, Manager, Force: true), new WriteOptions { FieldManager = Manager }, cancellationToken);
    }

    private static void Take(JsonArray rules, JsonObject role)
    {
        foreach ((_, JsonObject rule) in role.Items("rules"))
        {
            if (!rules.Any(known => JsonNode.DeepEquals(known, rule)))
            {
                rules.Add(rule.DeepClone());
            }
        }
    }

    private static LabelSelector Selector(JsonObject selector)
    {
        IEnumerable<string> labels = (selector.Map("matchLabels") ?? []).Select(label => $"{label.Key}={label.Value}");
        IEnumerable<string> expressions = selector.Items("matchExpressions").Select(entry => Expression(entry.Item));
        return LabelSelector.Parse(string.Join(',', labels.Concat(expressions)));
    }

    private static string Expression(JsonObject expression)
    {
        string key = expression.Text("key");
        string values = $"({string.Join(',', (expression["values"] as JsonArray ?? []).Select(value => value?.ToString()))})";
        return expression.Text("operator") switch
        {
            "In" => $"{key} in {values}",
            "NotIn" => $"{key} notin {values}",
            "DoesNotExist" => $"!{key}",
            _ => key,
        };
    }

    private static bool Gathers(StoredObject role) => role.Value.Span.IndexOf("\"aggregationRule\""u8) >= 0;
}
