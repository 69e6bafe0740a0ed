using Sympozium.Cli.ControlPlanes;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Cli.Clusters;

/// <summary>The cluster that a verb talks to.</summary>
/// <param name="Client">Its API.</param>
/// <param name="Local">The control plane on this machine, when it is one.</param>
/// <param name="Namespace">Namespace to use when an object names none.</param>
internal sealed record ClusterSession(KubernetesClient Client, ControlPlaneStatus? Local, string Namespace) : IDisposable
{
    public ResourceDiscovery Discovery => Client.Discovery;

    /// <summary>Finds a kind by what a person typed.</summary>
    public async Task<ApiResource> FindAsync(string name, CancellationToken cancellationToken) =>
        await Discovery.FindResourceAsync(name, cancellationToken) ?? throw new CliException(ExitCodes.NotFound, await UnknownAsync(name, cancellationToken));

    public void Dispose() => Client.Dispose();

    private async Task<string> UnknownAsync(string name, CancellationToken cancellationToken)
    {
        IReadOnlyList<ApiResource> resources = await Discovery.GetResourcesAsync(cancellationToken);
        string? near = Suggestion.Nearest(name, resources.SelectMany(r => (string[])[r.Type.Plural, r.Singular, .. r.ShortNames]));
        return $"the server has no resource type '{name}'" + (near is null ? "; 'kubectl api-resources' lists them" : $"; did you mean '{near}'?");
    }
}
