using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Manifests;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>The webhook's manifests for a control plane outside of the cluster: under another name, with an address instead of a Service.</summary>
internal static class WebhookManifests
{
    private const string Registration = "admissionregistration.k8s.io";
    private const string Rbac = "rbac.authorization.k8s.io";

    private static readonly ResourceType[] Types =
    [
        CoreTypes.ServiceAccounts, CoreTypes.Roles, CoreTypes.RoleBindings,
        new(Rbac, "v1", "clusterroles", "ClusterRole", Namespaced: false), new(Rbac, "v1", "clusterrolebindings", "ClusterRoleBinding", Namespaced: false),
        new(Registration, "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", Namespaced: false),
        new(Registration, "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", Namespaced: false),
    ];

    /// <summary>Kinds of what is for the whole cluster; webhooks first, since they stand in the way of others' deletion.</summary>
    public static IEnumerable<ResourceType> ClusterWide => Types.Where(type => !type.Namespaced).Reverse();

    public static ResourceType TypeOf(JsonObject resource) => Types.Single(type => type.Kind == (string?)resource["kind"]);

    /// <summary>What tells the control plane to listen.</summary>
    public static IReadOnlyDictionary<string, string> Environment(string host, int port, string name) => new Dictionary<string, string>
    {
        ["Sympozium__Admission__Enabled"] = "true",
        ["Sympozium__Admission__Address"] = host == "127.0.0.1" ? "127.0.0.1" : "0.0.0.0",
        ["Sympozium__Admission__Port"] = port.ToString(CultureInfo.InvariantCulture),
        ["Sympozium__Admission__HostNames__0"] = host,
        ["Sympozium__Admission__ConfigurationName"] = name,
        ["Sympozium__Admission__SecretName"] = name,
        ["Sympozium__Admission__CheckInterval"] = "00:00:01",
    };

    /// <summary>The rights to keep the certificate and to write it into the configurations.</summary>
    public static IReadOnlyList<JsonObject> Rights(string name) => [.. Read(name).Where(document => (string?)document["kind"] is "ClusterRole" or "ClusterRoleBinding" or "Role" or "RoleBinding")];

    /// <summary>Account and rights of gateways that are processes of their own.</summary>
    public static IEnumerable<JsonObject> GatewayRights()
    {
        string file = Path.Combine(RepositoryRoot.Path, "k8s", "cluster", "gateway.yaml");
        return YamlReader.ReadAll(File.ReadAllText(file), file).Select(document => (JsonObject)document.Root!).Where(document => Types.Any(type => type.Kind == (string?)document["kind"]));
    }

    /// <summary>The configurations, for one namespace only.</summary>
    public static IReadOnlyList<JsonObject> Configurations(string name, Uri address, string ns)
    {
        JsonObject[] found = [.. Read(name).Where(document => ((string)document["kind"]!).EndsWith("WebhookConfiguration", StringComparison.Ordinal))];
        foreach (JsonNode webhook in found.SelectMany(configuration => configuration["webhooks"]!.AsArray()).Select(webhook => webhook!))
        {
            string path = (string)webhook["clientConfig"]!["service"]!["path"]!;
            webhook["clientConfig"] = new JsonObject { ["url"] = new Uri(address, path).ToString() };
            webhook["namespaceSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["kubernetes.io/metadata.name"] = ns } };
        }

        return found;
    }

    private static IEnumerable<JsonObject> Read(string name)
    {
        string file = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "k8s", "manifests"), "webhooks.yaml", SearchOption.AllDirectories).Single();
        foreach (YamlDocument document in YamlReader.ReadAll(File.ReadAllText(file), file))
        {
            var resource = (JsonObject)JsonNode.Parse(document.Root!.ToJsonString())!;
            bool isConfiguration = ((string)resource["kind"]!).EndsWith("WebhookConfiguration", StringComparison.Ordinal);
            resource["metadata"]!["name"] = isConfiguration ? name : $"{name}-rights";
            if (resource["roleRef"] is { } role)
            {
                role["name"] = $"{name}-rights";
            }

            foreach (JsonNode? rule in resource["rules"] as JsonArray ?? [])
            {
                if (rule!["resourceNames"] is not null)
                {
                    rule["resourceNames"] = new JsonArray(name);
                }
            }

            yield return resource;
        }
    }
}
