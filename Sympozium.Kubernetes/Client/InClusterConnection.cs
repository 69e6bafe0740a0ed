using System.Security.Cryptography.X509Certificates;

namespace Sympozium.Kubernetes.Client;

/// <summary>The API server of the cluster whose pod this process runs in, as the pod's service account.</summary>
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
        X509Certificate2Collection? authorities = null;
        if (File.Exists(authority))
        {
            authorities = [];
            authorities.ImportFromPemFile(authority);
        }
        return new ClusterConnection
        {
            Server = new Uri($"https://{(host.Contains(':') ? $"[{host}]" : host)}:{port}"),
            CertificateAuthorities = authorities,
            Token = new FileToken(tokenFile, time),
            Namespace = File.Exists(namespaceFile) ? File.ReadAllText(namespaceFile).Trim() : ClusterConnection.DefaultNamespace,
            Description = "in-cluster",
        };
    }
}
