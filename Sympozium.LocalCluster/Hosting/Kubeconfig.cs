using System.Text;

namespace Sympozium.LocalCluster.Hosting;

/// <summary>The file that makes kubectl and every other client find this cluster.</summary>
internal static class Kubeconfig
{
    public static string Write(string url, string authorityPem, string token) => $"""
        apiVersion: v1
        kind: Config
        current-context: sympozium
        clusters:
        - name: sympozium
          cluster:
            server: {url}
            certificate-authority-data: {Convert.ToBase64String(Encoding.UTF8.GetBytes(authorityPem))}
        users:
        - name: sympozium
          user:
            token: {token}
        contexts:
        - name: sympozium
          context:
            cluster: sympozium
            user: sympozium

        """;
}
