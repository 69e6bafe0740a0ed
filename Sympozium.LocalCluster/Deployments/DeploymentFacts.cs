using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Kinds.Rules.Apps;

namespace Sympozium.LocalCluster.Deployments;

/// <summary>A Deployment as its controller sees it.</summary>
internal sealed record DeploymentFacts : ObjectFacts
{
    private readonly string _selector;

    public DeploymentFacts(JsonObject deployment)
        : base(deployment)
    {
        JsonObject? spec = deployment.Map("spec");
        JsonObject? strategy = spec.Map("strategy");
        Replicas = (int)(spec.Integer("replicas") ?? 1);
        MinReadySeconds = (int)(spec.Integer("minReadySeconds") ?? 0);
        IsPaused = spec.IsTrue("paused");
        IsRolling = strategy.Text("type") == "RollingUpdate";
        HistoryLimit = Limit(spec.Integer("revisionHistoryLimit"));
        ProgressDeadline = Limit(spec.Integer("progressDeadlineSeconds")) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        Selector = PodSelector.Read(spec.Map("selector"));
        _selector = spec.Map("selector")?.ToJsonString() ?? "{}";
        Template = new PodTemplate(spec.Map("template"));
        Status = DeploymentStatus.Read(deployment.Map("status") ?? []);
        (MaxSurge, MaxUnavailable) = Bounds(strategy.Map("rollingUpdate"));
    }

    public int Replicas { get; }

    public int MinReadySeconds { get; }

    public bool IsPaused { get; }

    /// <summary>A rolling update; otherwise old pods end before new ones begin.</summary>
    public bool IsRolling { get; }

    /// <summary>Old ReplicaSets to keep; null for all.</summary>
    public int? HistoryLimit { get; }

    /// <summary>Null when progress is not watched.</summary>
    public TimeSpan? ProgressDeadline { get; }

    public PodSelector Selector { get; }

    public PodTemplate Template { get; }

    public DeploymentStatus Status { get; }

    /// <summary>Pods above the desired number.</summary>
    public int MaxSurge { get; }

    /// <summary>Pods below the desired number.</summary>
    public int MaxUnavailable { get; }

    public JsonObject SelectorJson() => JsonNode.Parse(_selector)!.AsObject();

    // The largest number of its type means "no limit".
    private static int? Limit(long? number) => number is null or >= int.MaxValue ? null : (int)number;

    private (int Surge, int Unavailable) Bounds(JsonObject? rolling)
    {
        if (!IsRolling)
        {
            return (0, 0);
        }

        int surge = Shares.Of(rolling?["maxSurge"], Replicas, roundUp: true) ?? 0;
        int unavailable = Shares.Of(rolling?["maxUnavailable"], Replicas, roundUp: false) ?? 0;
        if (surge == 0 && unavailable == 0)
        {
            // Rounding can make both nothing, which would stop every rollout.
            unavailable = 1;
        }

        return (surge, Replicas == 0 ? 0 : Math.Min(unavailable, Replicas));
    }

    public static int Number(IReadOnlyDictionary<string, string> annotations, string name) =>
        annotations.TryGetValue(name, out string? text) && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
