namespace Sympozium.LocalCluster.Jobs;

/// <summary>What the failures of a Job's pods mean.</summary>
internal sealed record PodFailurePolicy
{
    public const string FailJob = "FailJob";
    public const string FailIndex = "FailIndex";
    public const string Ignore = "Ignore";
    public const string Count = "Count";

    public List<PodFailureRule> Rules { get; set; } = [];

    /// <summary>The action of the first rule that fits a failed pod, with its explanation; Count when none does.</summary>
    public static (string Action, string Message) Match(PodFailurePolicy? policy, JobPod pod)
    {
        for (int i = 0; policy is not null && i < policy.Rules.Count; i++)
        {
            PodFailureRule rule = policy.Rules[i];
            if (rule.OnExitCodes is { } codes && codes.Match(pod) is { } exit)
            {
                return (rule.Action, $"Container {exit.Container} for pod {pod.Namespace}/{pod.Name} failed with exit code {exit.Code} matching {rule.Action} rule at index {i}");
            }

            if (rule.OnPodConditions.Find(c => pod.Conditions.GetValueOrDefault(c.Type) == c.Status) is { } condition)
            {
                return (rule.Action, $"Pod {pod.Namespace}/{pod.Name} has condition {condition.Type} matching {rule.Action} rule at index {i}");
            }
        }

        return (Count, "");
    }
}

/// <summary>One rule; either exit codes or conditions are set.</summary>
internal sealed record PodFailureRule
{
    public string Action { get; set; } = "";

    public ExitCodeRule? OnExitCodes { get; set; }

    public List<PodConditionRule> OnPodConditions { get; set; } = [];
}

/// <summary>Exit codes that a rule is about; 0 never matches.</summary>
internal sealed record ExitCodeRule
{
    public string? ContainerName { get; set; }

    public string Operator { get; set; } = "In";

    public List<int> Values { get; set; } = [];

    public (string Container, int Code)? Match(JobPod pod)
    {
        foreach ((string container, int code) in pod.ExitCodes)
        {
            bool named = ContainerName is null || ContainerName == container;
            if (named && code != 0 && Values.Contains(code) == (Operator == "In"))
            {
                return (container, code);
            }
        }

        return null;
    }
}

/// <summary>A condition of the pod that a rule is about.</summary>
internal sealed record PodConditionRule
{
    public string Type { get; set; } = "";

    public string Status { get; set; } = "True";
}

/// <summary>When an indexed Job counts as successful before all its indexes are.</summary>
internal sealed record SuccessPolicy
{
    public List<SuccessRule> Rules { get; set; } = [];

    /// <summary>The explanation of the first rule that is met; null when none is.</summary>
    public static string? Match(SuccessPolicy? policy, IndexSet completed, int completions)
    {
        int met = policy?.Rules.FindIndex(r => r.IsMet(completed, completions)) ?? -1;
        return met < 0 ? null : $"Matched rules at index {met}";
    }
}

/// <summary>Which indexes, or how many of them, are enough.</summary>
internal sealed record SuccessRule
{
    public string? SucceededIndexes { get; set; }

    public int? SucceededCount { get; set; }

    public bool IsMet(IndexSet completed, int completions)
    {
        if (SucceededIndexes is null)
        {
            return completed.Count >= SucceededCount;
        }

        IndexSet wanted = IndexSet.Parse(SucceededIndexes, completions);
        return completed.CountIn(wanted) >= (SucceededCount ?? wanted.Count);
    }
}
