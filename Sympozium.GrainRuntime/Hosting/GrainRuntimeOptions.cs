using System.Reflection;

namespace Sympozium.GrainRuntime.Hosting;

/// <summary>Limits and periods of the local grain runtime.</summary>
public sealed class GrainRuntimeOptions
{
    /// <summary>The assemblies whose grain classes are served. At least one is needed.</summary>
    public IList<Assembly> Assemblies { get; } = [];

    /// <summary>How long a caller waits for an answer unless the method says otherwise. Default 30 s.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an activation may be idle before it is collected. Default 15 min.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How often idle activations are looked for; idleness is measured in this unit. Default 1 min.</summary>
    public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an activation may take to start before its callers get an error. Default 30 s.</summary>
    public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the calls under way and the deactivation method may take together before an activation is dropped. Default 30 s.</summary>
    public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many calls may wait for one activation; more are refused. Default 10,000.</summary>
    public int MaxWaitingCalls { get; set; } = 10_000;

    /// <summary>The shortest period a reminder may have. Default 1 min.</summary>
    public TimeSpan MinimumReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Throws if any option is out of range, naming every one that is.</summary>
    internal void Validate()
    {
        var problems = new List<string>();
        if (Assemblies.Count == 0)
        {
            problems.Add($"'{nameof(Assemblies)}' is empty: no grain could be called.");
        }

        (string Name, TimeSpan Value)[] positive =
        [
            (nameof(ResponseTimeout), ResponseTimeout), (nameof(CollectionAge), CollectionAge), (nameof(CollectionQuantum), CollectionQuantum),
            (nameof(ActivationTimeout), ActivationTimeout), (nameof(DeactivationTimeout), DeactivationTimeout),
            (nameof(MinimumReminderPeriod), MinimumReminderPeriod),
        ];
        problems.AddRange(positive.Where(option => option.Value <= TimeSpan.Zero)
            .Select(option => $"'{option.Name}' is {option.Value}; it must be positive."));
        if (MaxWaitingCalls <= 0)
        {
            problems.Add($"'{nameof(MaxWaitingCalls)}' is {MaxWaitingCalls}; it must be positive.");
        }

        if (problems.Count > 0)
        {
            throw new ArgumentException($"The grain runtime cannot start: {string.Join(' ', problems)}");
        }
    }
}
