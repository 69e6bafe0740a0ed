using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Admission;

namespace Sympozium.LocalCluster.Kinds.Rules.Classes;

/// <summary>PriorityClass: only the cluster's own classes start with <c>system-</c> or are above one billion; value and policy stay.</summary>
internal sealed class PriorityClassRules : KindRules
{
    private const long Highest = 1_000_000_000;
    private const string Reserved = "system-";

    public override void ApplyDefaults(JsonObject obj)
    {
        obj.Default("preemptionPolicy", "PreemptLowerPriority");
        obj.Default("value", 0);
    }

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        string name = obj.Map("metadata").Text("name");
        long value = obj.Integer("value") ?? 0;
        if (name.StartsWith(Reserved, StringComparison.Ordinal))
        {
            if (!PriorityAdmission.System.TryGetValue(name, out long known) || known != value)
            {
                problems.Forbidden("metadata.name", "priority class names with 'system-' prefix are reserved for system use only. error: "
                    + (PriorityAdmission.System.ContainsKey(name) ? $"value of {name} PriorityClass must be {known}" : $"{name} is not a known system priority class"));
            }
        }
        else if (value > Highest)
        {
            problems.Forbidden("value", $"maximum allowed value of a user defined priority is {Highest}");
        }

        problems.OneOf("preemptionPolicy", obj["preemptionPolicy"], required: false, "Never", "PreemptLowerPriority");
        if (old is null)
        {
            return;
        }

        if (old.Integer("value") != obj.Integer("value"))
        {
            problems.Forbidden("value", "may not be changed in an update.");
        }

        problems.Immutable("preemptionPolicy", obj["preemptionPolicy"], old["preemptionPolicy"]);
    }
}
