using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>Node.</summary>
internal sealed class NodeRules : KindRules
{
    public override void ApplyDefaults(JsonObject obj)
    {
        obj.Ensure("spec");
        obj.Ensure("status");
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old) => obj["status"] = old["status"]?.DeepClone();

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        HashSet<(string, string)> seen = [];
        foreach ((int index, JsonObject taint) in obj.Map("spec").Items("taints"))
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"metadata.taints[{index}]");
            problems.Invalid($"{path}.key", taint.Text("key"), Names.QualifiedName(taint.Text("key")));
            if (taint.Text("value") is { Length: > 0 } value)
            {
                problems.Invalid($"{path}.value", value, Names.LabelValue(value));
            }

            problems.OneOf($"{path}.effect", taint["effect"], required: true, "NoSchedule", "PreferNoSchedule", "NoExecute");
            if (!seen.Add((taint.Text("key"), taint.Text("effect"))))
            {
                problems.Duplicate(path, taint);
            }
        }
    }
}
