using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Silo.Cluster;

/// <summary>Finds the cluster that this process works for, and checks that it is prepared.</summary>
internal static class ClusterAccess
{
    /// <summary>Requests a second that a control plane may send in the long run.</summary>
    private const double RequestsPerSecond = 200;

    private const int Burst = 400;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>The kubeconfig that was named, else the pod's service account, else the kubeconfig that a person would expect.</summary>
    /// <exception cref="KubeconfigException">There is none, or it cannot be used.</exception>
    public static KubernetesClient Connect(ClusterOptions options, TimeProvider time)
    {
        ClusterConnection connection = options.Kubeconfig is { } file
            ? Kubeconfig.Load(file).Connect(options.Context, time)
            : InClusterConnection.TryCreate(time) ?? Kubeconfig.Load(Kubeconfig.DefaultFiles()).Connect(options.Context, time);
        return new KubernetesClient(
            connection,
            new KubernetesClientOptions
            {
                RequestsPerSecond = RequestsPerSecond,
                Burst = Burst,
                FieldManager = "sympozium",
                UserAgent = $"sympozium-silo/{Local.Usage.Version}",
            },
            time);
    }

    /// <summary>
    /// All custom resources have to be there before anything watches them. A server that does not answer is waited for: where it and this
    /// process start together, either may be first.
    /// </summary>
    /// <exception cref="ClusterNotPreparedException">Some are missing.</exception>
    public static async Task WaitUntilPreparedAsync(KubernetesClient client, TimeProvider time, CancellationToken cancellationToken)
    {
        for (TimeSpan pause = FirstPause; ; pause = pause < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await CheckAsync(client, cancellationToken);
                return;
            }
            catch (KubernetesException e) when (e.IsTransient)
            {
                // Told by ApiHealthLog, once.
                await Task.Delay(pause, time, cancellationToken);
            }
        }
    }

    private static async Task CheckAsync(KubernetesClient client, CancellationToken cancellationToken)
    {
        HashSet<ResourceType> served = [.. (await client.Discovery.GetResourcesAsync(cancellationToken)).Select(resource => resource.Type)];
        string[] missing = [.. SympoziumTypes.All.Where(type => !served.Contains(type)).Select(type => type.ToString())];
        if (missing.Length > 0)
        {
            throw new ClusterNotPreparedException(
                $"The cluster {client.Connection} does not serve {string.Join(", ", missing)}; install the definitions with 'sympozium install' or 'kubectl apply -k k8s/manifests'.");
        }
    }
}

/// <summary>The cluster lacks what the control plane works on.</summary>
internal sealed class ClusterNotPreparedException(string message) : Exception(message);
