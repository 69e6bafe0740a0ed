using Sympozium.Kubernetes.Client;
using Sympozium.Kubernetes.Leading;

namespace Sympozium.Silo.Cluster;

/// <summary>What this process lacks to be of use, for <c>/readyz</c>: everything that is missing, by name.</summary>
internal sealed class Readiness(ApiHealth api, LeaderElector elector) : IReadiness
{
    private volatile Func<bool>? _watches;

    /// <summary>The control plane in this process works; <paramref name="watches"/> says whether its watches do.</summary>
    public void Started(Func<bool> watches) => _watches = watches;

    /// <summary>It no longer does.</summary>
    public void Stopped() => _watches = null;

    /// <inheritdoc/>
    public IReadOnlyList<string> Degraded() => [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Missing()
    {
        List<string> missing = [];
        if (api.Problem is { } problem)
        {
            missing.Add($"kubernetes: {problem}");
        }

        if (!elector.IsLeader)
        {
            missing.Add(elector.Leader.Length == 0 ? "leader: nobody leads yet" : $"leader: '{elector.Leader}' leads, this process waits");
        }
        else if (_watches is not { } healthy)
        {
            missing.Add("control plane: starting");
        }
        else if (!healthy())
        {
            missing.Add("watches: some have not listed yet, or broke");
        }

        return missing;
    }
}
