using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Quotas;

/// <summary>ResourceQuota: known resources, amounts that are not negative, scopes that stay.</summary>
internal sealed class QuotaRules : KindRules
{
    private static readonly HashSet<string> Standard = new(
        [
            "configmaps", "cpu", "ephemeral-storage", "limits.cpu", "limits.ephemeral-storage", "limits.memory", "memory", "persistentvolumeclaims", "pods",
            "replicationcontrollers", "requests.cpu", "requests.ephemeral-storage", "requests.memory", "requests.storage", "resourcequotas", "secrets", "services",
            "services.loadbalancers", "services.nodeports",
        ],
        StringComparer.Ordinal);

    private static readonly HashSet<string> Whole = new(
        [
            "configmaps", "persistentvolumeclaims", "pods", "replicationcontrollers", "resourcequotas", "secrets", "services", "services.loadbalancers",
            "services.nodeports",
        ],
        StringComparer.Ordinal);

    private static readonly string[] Scopes = ["BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating"];

    public override void ApplyDefaults(JsonObject obj)
    {
        obj.Ensure("spec");
        obj.Ensure("status");
    }

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject();

    public override void PrepareForUpdate(JsonObject obj, JsonObject old) => obj["status"] = old["status"]?.DeepClone();

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject? spec = obj.Map("spec");
        foreach ((string name, JsonNode? amount) in spec.Map("hard") ?? [])
        {
            Bound(name, amount, problems);
        }

        foreach (JsonNode? scope in spec?["scopes"] as JsonArray ?? [])
        {
            if (!Scopes.Contains(GoJson.Text(scope)))
            {
                problems.Invalid("spec.scopes", scope, "unsupported scope");
            }
        }

        if (old is not null)
        {
            problems.Immutable("spec.scopes", spec?["scopes"], old.Map("spec")?["scopes"]);
        }
    }

    private static void Bound(string name, JsonNode? amount, List<FieldProblem> problems)
    {
        string path = $"spec.hard[{name}]";
        if (!name.Contains('/', StringComparison.Ordinal) && !Standard.Contains(name) && !name.StartsWith("hugepages-", StringComparison.Ordinal))
        {
            problems.Invalid(path, name, ["must be a standard resource type or fully qualified", "must be a standard resource for quotas"]);
        }

        if (Amounts.Parse(amount) is not { } quantity)
        {
            return;
        }

        if (quantity.Nanos.Sign < 0)
        {
            problems.Invalid(path, amount, "must be greater than or equal to 0");
        }

        if (Whole.Contains(name) && !(quantity.Nanos % 1_000_000_000).IsZero)
        {
            problems.Invalid(path, amount, "must be an integer");
        }
    }
}
