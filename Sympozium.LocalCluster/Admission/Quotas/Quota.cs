using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Admission.Quotas;

/// <summary>A ResourceQuota as it counts and bounds.</summary>
internal sealed class Quota
{
    private readonly List<(string Name, string Operator, HashSet<string> Values)> _scopes = [];

    public Quota(JsonObject stored)
    {
        Name = stored.Map("metadata").Text("name");
        JsonObject? spec = stored.Map("spec");
        Hard = Amounts.Read(spec.Map("hard"));
        foreach (JsonNode? scope in spec?["scopes"] as JsonArray ?? [])
        {
            _scopes.Add((GoJson.Text(scope) ?? "", "Exists", []));
        }

        foreach ((_, JsonObject expression) in spec.Map("scopeSelector").Items("matchExpressions"))
        {
            HashSet<string> values = [.. (expression["values"] as JsonArray ?? []).Select(value => GoJson.Text(value) ?? "")];
            _scopes.Add((expression.Text("scopeName"), expression.Text("operator"), values));
        }
    }

    public string Name { get; }

    public IReadOnlyDictionary<string, Quantity> Hard { get; }

    /// <summary>Whether objects of this resource may take anything of what is bounded; true when only the objects can tell.</summary>
    public bool MayCount(string group, string plural)
    {
        if (_scopes.Count > 0 && !(group.Length == 0 && plural == "pods"))
        {
            return false;
        }

        return Hard.ContainsKey(group.Length == 0 ? $"count/{plural}" : $"count/{plural}.{group}")
            || (group.Length == 0 && Hard.Keys.Any(name => plural switch
            {
                "pods" => name is "pods" or "cpu" or "memory" or "ephemeral-storage" || name.StartsWith("requests.", StringComparison.Ordinal)
                    || name.StartsWith("limits.", StringComparison.Ordinal) || name.StartsWith("hugepages-", StringComparison.Ordinal),
                "services" => name == plural || name.StartsWith("services.", StringComparison.Ordinal),
                "persistentvolumeclaims" => name is "persistentvolumeclaims" or "requests.storage" || name.Contains(".storageclass.", StringComparison.Ordinal),
                _ => name == plural,
            }));
    }

    /// <summary>What an object takes of what is bounded here; nothing when its scopes are others.</summary>
    public IEnumerable<KeyValuePair<string, Quantity>> Bounded(Taken taken) =>
        _scopes.TrueForAll(scope => IsIn(taken.Scopes, scope.Name, scope.Operator, scope.Values)) ? taken.Amounts.Where(amount => Hard.ContainsKey(amount.Key)) : [];

    /// <summary>Whether a pod with these scopes is counted.</summary>
    public bool Counts(PodScopes pod) => _scopes.TrueForAll(scope => IsIn(pod, scope.Name, scope.Operator, scope.Values));

    private static bool IsIn(PodScopes? pod, string scope, string how, HashSet<string> values) => pod is not null && scope switch
    {
        "Terminating" => pod.IsTerminating,
        "NotTerminating" => !pod.IsTerminating,
        "BestEffort" => pod.IsBestEffort,
        "NotBestEffort" => !pod.IsBestEffort,
        "PriorityClass" => how switch
        {
            "In" => values.Contains(pod.PriorityClass),
            "NotIn" => !values.Contains(pod.PriorityClass),
            "DoesNotExist" => pod.PriorityClass.Length == 0,
            _ => pod.PriorityClass.Length > 0,
        },
        _ => false,
    };
}
