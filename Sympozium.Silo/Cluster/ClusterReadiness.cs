using Microsoft.Extensions.DependencyInjection;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Silo.Cluster;

/// <summary>What a process of the cluster profile lacks to be of use, for <c>/readyz</c>: everything that is missing, by name.</summary>
internal sealed class ClusterReadiness(ApiHealth api) : IReadiness
{
    private volatile string? _starting = "control plane: waits for the Kubernetes API";
    private volatile IReadinessCheck[] _checks = [];

    /// <summary>What the process does until it works.</summary>
    public void Starting(IServiceProvider services, string what)
    {
        _starting = what;
        _checks = [.. services.GetServices<IReadinessCheck>()];
    }

    /// <summary>The process works.</summary>
    public void Started() => _starting = null;

    /// <inheritdoc/>
    public IReadOnlyList<string> Missing() => [.. Required().OfType<string>()];

    /// <inheritdoc/>
    public IReadOnlyList<string> Degraded() => [.. _checks.Where(check => !check.IsRequired).Select(check => check.Problem).OfType<string>()];

    private IEnumerable<string?> Required() =>
    [
        api.Problem is { } problem ? $"kubernetes: {problem}" : null, _starting, .. _checks.Where(check => check.IsRequired).Select(check => check.Problem),
    ];
}
