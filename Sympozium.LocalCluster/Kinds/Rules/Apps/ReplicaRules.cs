using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules.Pods;

namespace Sympozium.LocalCluster.Kinds.Rules.Apps;

/// <summary>What Deployment and ReplicaSet have in common: a count, a selector and a template for pods that never end.</summary>
internal static class ReplicaRules
{
    public static void Defaults(JsonObject spec)
    {
        spec.Default("replicas", 1);
        JsonObject template = spec.Ensure("template");
        template.Ensure("metadata");
        PodDefaults.Apply(template.Ensure("spec"));
    }

    public static void Validate(JsonObject spec, List<FieldProblem> problems)
    {
        problems.NotNegative("spec.replicas", spec["replicas"]);
        JsonObject? selector = spec.Map("selector");
        if (selector is null)
        {
            problems.Required("spec.selector");
        }
        else
        {
            LabelSelectorRules.Validate(selector, "spec.selector", problems);
            if (LabelSelectorRules.IsEmpty(selector))
            {
                // Kubernetes says "deployment" for replica sets as well.
                problems.Invalid("spec.selector", selector, "empty selector is invalid for deployment");
            }
        }

        Template(spec.Map("template") ?? [], selector, problems);
        problems.NotNegative("spec.minReadySeconds", spec["minReadySeconds"]);
    }

    /// <summary>Counts of the status, and those that another count bounds.</summary>
    public static void ValidateStatus(JsonObject? status, IEnumerable<string> counts, IEnumerable<string> bounded, List<FieldProblem> problems)
    {
        foreach (string field in counts)
        {
            problems.NotNegative($"status.{field}", status?[field]);
        }

        long replicas = status.Integer("replicas") ?? 0;
        foreach (string field in bounded)
        {
            if (status.Integer(field) > replicas)
            {
                problems.Invalid($"status.{field}", status![field], "cannot be greater than status.replicas");
            }
        }

        if (status.Integer("availableReplicas") > (status.Integer("readyReplicas") ?? 0))
        {
            problems.Invalid("status.availableReplicas", status!["availableReplicas"], "cannot be greater than readyReplicas");
        }
    }

    private static void Template(JsonObject template, JsonObject? selector, List<FieldProblem> problems)
    {
        const string Path = "spec.template";
        JsonObject? labels = template.Map("metadata").Map("labels");
        bool saysNothing = selector is not null && LabelSelectorRules.IsEmpty(selector);
        if (!saysNothing && !LabelSelectorRules.Matches(selector, labels))
        {
            problems.Invalid($"{Path}.metadata.labels", labels, "`selector` does not match template `labels`");
        }

        // These two paths leave "metadata" out, as Kubernetes does.
        MetadataRules.Labels(labels, $"{Path}.labels", problems);
        MetadataRules.Annotations(template.Map("metadata").Map("annotations"), $"{Path}.annotations", problems);
        JsonObject pod = template.Map("spec") ?? [];
        PodValidation.Spec(pod, $"{Path}.spec", problems);
        if (pod.Text("restartPolicy") != "Always")
        {
            problems.NotSupported($"{Path}.spec.restartPolicy", pod["restartPolicy"], ["Always"]);
        }

        if (pod["activeDeadlineSeconds"] is not null)
        {
            problems.Forbidden($"{Path}.spec.activeDeadlineSeconds", "activeDeadlineSeconds in ReplicaSet is not Supported");
        }
    }
}

/// <summary>Numbers that may be written as a percentage of another number.</summary>
internal static class Shares
{
    private const string PercentText = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

    /// <summary>The share of <paramref name="whole"/>; null when it is neither a number nor a percentage.</summary>
    public static int? Of(JsonNode? share, long whole, bool roundUp)
    {
        if (GoJson.Text(share) is not { } text)
        {
            return (int?)GoJson.Integer(share);
        }

        if (Percent(text) is not { } percent)
        {
            return null;
        }

        double part = (double)whole * percent / 100;
        return (int)(roundUp ? Math.Ceiling(part) : Math.Floor(part));
    }

    public static void Validate(JsonNode? share, string path, List<FieldProblem> problems)
    {
        if (GoJson.Text(share) is not { } text)
        {
            problems.NotNegative(path, share);
        }
        else if (Percent(text) is null)
        {
            problems.Invalid(path, text, [PercentText]);
        }
    }

    public static void AtMostWhole(JsonNode? share, string path, List<FieldProblem> problems)
    {
        if (GoJson.Text(share) is { } text && Percent(text) is > 100)
        {
            problems.Invalid(path, share, "must not be greater than 100%");
        }
    }

    public static bool IsZero(JsonNode? share) => GoJson.Text(share) is { } text ? Percent(text) is null or 0 : GoJson.Integer(share) is null or 0;

    private static int? Percent(string text) =>
        text.EndsWith('%') && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int percent) ? percent : null;
}
