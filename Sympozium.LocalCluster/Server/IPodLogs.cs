using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Server;

/// <summary>Where the logs of containers come from.</summary>
public interface IPodLogs
{
    /// <summary>
    /// Opens a container's log as UTF-8 text; with <see cref="LogOptions.Follow"/> reading goes on until the container has ended.
    /// The pod exists in the store. Throws <see cref="KubernetesException"/> (400) for an unknown container, for none named among
    /// several, and for one that has not started.
    /// </summary>
    Task<Stream> OpenAsync(string ns, string pod, LogOptions options, CancellationToken cancellationToken);
}

/// <summary>A cluster that runs no pods.</summary>
public sealed class NoPodLogs : IPodLogs
{
    /// <inheritdoc/>
    public Task<Stream> OpenAsync(string ns, string pod, LogOptions options, CancellationToken cancellationToken) => throw new KubernetesException(
        System.Net.HttpStatusCode.BadRequest, StatusReasons.BadRequest, $"pod \"{pod}\" has no logs: this cluster runs no pods");
}
