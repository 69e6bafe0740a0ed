using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Classes;

/// <summary>PodDisruptionBudget: one of two bounds.</summary>
internal sealed class DisruptionBudgetRules : KindRules
{
    public override void ApplyDefaults(JsonObject obj)
    {
        obj.Ensure("spec");
        JsonObject status = obj.Ensure("status");
        foreach (string count in (string[])["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"])
        {
            status.Default(count, 0);
        }
    }

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject
    {
        ["disruptionsAllowed"] = 0,
        ["currentHealthy"] = 0,
        ["desiredHealthy"] = 0,
        ["expectedPods"] = 0,
    };

    public override void PrepareForUpdate(JsonObject obj, JsonObject old) => obj["status"] = old["status"]?.DeepClone();

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject? spec = obj.Map("spec");
        if (spec?["minAvailable"] is not null && spec["maxUnavailable"] is not null)
        {
            problems.Invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set");
        }

        foreach (string bound in (string[])["minAvailable", "maxUnavailable"])
        {
            Bound(spec?[bound], $"spec.{bound}", problems);
        }

        LabelSelectorRules.Validate(spec.Map("selector"), "spec.selector", problems);
        problems.OneOf("spec.unhealthyPodEvictionPolicy", spec?["unhealthyPodEvictionPolicy"], required: false, "AlwaysAllow", "IfHealthyBudget");
    }

    private static void Bound(JsonNode? value, string path, List<FieldProblem> problems)
    {
        if (GoJson.Text(value) is { } text)
        {
            bool isPercent = text.EndsWith('%') && text.Length > 1 && text[..^1].All(char.IsAsciiDigit);
            if (!isPercent)
            {
                problems.Invalid(path, text, ["a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"]);
            }
            else if (text.Length > 4 || string.CompareOrdinal(text[..^1].PadLeft(3, '0'), "100") > 0)
            {
                problems.Invalid(path, text, ["must not be greater than 100%"]);
            }
        }

        problems.NotNegative(path, value);
    }
}
