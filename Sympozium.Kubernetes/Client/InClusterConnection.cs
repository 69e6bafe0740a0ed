using Sympozium.Kubernetes.Client.Credentials;
using Sympozium.Kubernetes.Client.Tls;

namespace Sympozium.Kubernetes.Client;

/// <summary>
/// The API server of the cluster whose pod this process runs in, as the pod's service account. Token and authority are read again while the
/// process lives: the kubelet replaces a token before it expires, and the authority when the cluster's is rotated.
/// </summary>
public static class InClusterConnection
{
    private const string AccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>The connection; null when this process does not run in a pod with a service account.</summary>
    public static ClusterConnection? TryCreate(TimeProvider time) => TryCreate(
        Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST"), Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT"), AccountDirectory, time);

    internal static ClusterConnection? TryCreate(string? host, string? port, string directory, TimeProvider time)
    {
        string tokenFile = Path.Combine(directory, "token");
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port) || !File.Exists(tokenFile))
        {
            return null;
        }

        string namespaceFile = Path.Combine(directory, "namespace");
        string authority = Path.Combine(directory, "ca.crt");
        return new ClusterConnection
        {
            Server = new Uri($"https://{(host.Contains(':') ? $"[{host}]" : host)}:{port}"),
            Trust = File.Exists(authority) ? new FileTrust(authority, time) : null,
            Credentials = new TokenFileCredential(tokenFile, null, time),
            Namespace = File.Exists(namespaceFile) ? File.ReadAllText(namespaceFile).Trim() : ClusterConnection.DefaultNamespace,
            Description = "in-cluster",
        };
    }
}
