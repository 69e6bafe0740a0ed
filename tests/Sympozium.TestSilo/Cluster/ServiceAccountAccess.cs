using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sympozium.Abstractions;
using Sympozium.Kubernetes.Client;
using Sympozium.Kubernetes.Manifests;
using Sympozium.Testing;

namespace Sympozium.TestSilo.Cluster;

/// <summary>The API as a ServiceAccount of the manifests may use it: their roles are applied, its token is asked for.</summary>
internal static partial class ServiceAccountAccess
{
    private static readonly Dictionary<string, string> Collections = new(StringComparer.Ordinal)
    {
        ["ServiceAccount"] = $"/api/v1/namespaces/{SympoziumNames.SystemNamespace}/serviceaccounts",
        ["Role"] = $"/apis/rbac.authorization.k8s.io/v1/namespaces/{SympoziumNames.SystemNamespace}/roles",
        ["RoleBinding"] = $"/apis/rbac.authorization.k8s.io/v1/namespaces/{SympoziumNames.SystemNamespace}/rolebindings",
        ["ClusterRole"] = "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        ["ClusterRoleBinding"] = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    };

    /// <summary>Writes a kubeconfig with its token.</summary>
    /// <param name="client">The API, as administrator.</param>
    /// <param name="administrator">Kubeconfig of the administrator.</param>
    /// <param name="manifest">File below <c>k8s</c> with the account and its roles.</param>
    /// <param name="account">Name of the account.</param>
    /// <param name="target">Where the new kubeconfig goes.</param>
    public static async Task WriteKubeconfigAsync(KubernetesClient client, string administrator, string manifest, string account, string target)
    {
        string path = Path.Combine(RepositoryRoot.Path, "k8s", manifest);
        foreach (JsonNode root in YamlReader.ReadAll(await File.ReadAllTextAsync(path), path).Select(document => document.Root!))
        {
            if (Collections.TryGetValue((string)root["kind"]!, out string? collection))
            {
                await client.RequestAsync(new KubernetesRequest(HttpMethod.Post, collection) { Body = JsonNode.Parse(root.ToJsonString()) }, default);
            }
        }

        JsonObject answer = await client.RequestAsync(
            new KubernetesRequest(HttpMethod.Post, $"{Collections["ServiceAccount"]}/{account}/token")
            {
                Body = JsonNode.Parse("""{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}"""),
            },
            default);
        await File.WriteAllTextAsync(target, Token().Replace(await File.ReadAllTextAsync(administrator), $"token: {(string)answer["status"]!["token"]!}"));
    }

    [GeneratedRegex(@"token: \S+")]
    private static partial Regex Token();
}
