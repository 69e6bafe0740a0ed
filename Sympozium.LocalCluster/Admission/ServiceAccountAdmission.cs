using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Admission;

/// <summary>
/// What Kubernetes' ServiceAccount admission does to a new pod: the account must be there, its image pull secrets are taken over, and
/// unless the pod or the account says no (<c>automountServiceAccountToken</c>), a volume with a token, the cluster's
/// certificate and the namespace is mounted into every container.
/// </summary>
internal static class ServiceAccountAdmission
{
    /// <summary>One hour and some seconds, by which Kubernetes tells these volumes from those that a user wrote.</summary>
    public const int TokenSeconds = 3_607;

    private const string DefaultAccount = "default";
    private const string MountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
    private const string NameLetters = "bcdfghjklmnpqrstvwxz2456789";
    private const string VolumePrefix = "kube-api-access-";

    private static readonly ResourceKey Accounts = ObjectReader.Resource(CoreTypes.ServiceAccounts);

    /// <exception cref="KubernetesException">403 when the account is not there.</exception>
    public static void Apply(StoreSnapshot snapshot, JsonObject pod)
    {
        JsonObject metadata = Metadata.Of(pod);
        JsonObject spec = pod.Ensure("spec");
        string ns = metadata.Text("namespace");
        string name = spec.Text("serviceAccountName");
        StoredObject? stored = snapshot.Find(new ObjectKey(Accounts, ns, name));
        // The default account is made with the namespace and made again when it goes; a pod that is faster need not wait for it.
        if (stored is null && name != DefaultAccount)
        {
            throw Refusals.Forbidden(CoreTypes.Pods, metadata.Text("name"), $"error looking up service account {ns}/{name}: serviceaccount \"{name}\" not found");
        }

        JsonObject account = stored?.ToJson() ?? [];
        if (spec["imagePullSecrets"] is not JsonArray { Count: > 0 } && account["imagePullSecrets"] is JsonArray { Count: > 0 } secrets)
        {
            spec["imagePullSecrets"] = secrets.DeepClone();
        }

        bool mounts = (Kinds.GoJson.Flag(spec["automountServiceAccountToken"]) ?? Kinds.GoJson.Flag(account["automountServiceAccountToken"])) != false;
        if (mounts)
        {
            Mount(spec);
        }
    }

    private static void Mount(JsonObject spec)
    {
        List<JsonObject> containers = [.. Containers(spec).Where(container => !container.Items("volumeMounts").Any(mount => mount.Item.Text("mountPath") == MountPath))];
        if (containers.Count == 0)
        {
            return;
        }

        string volume = VolumePrefix + RandomNumberGenerator.GetString(NameLetters, 5);
        foreach (JsonObject container in containers)
        {
            List(container, "volumeMounts").Add((JsonNode)new JsonObject { ["name"] = volume, ["readOnly"] = true, ["mountPath"] = MountPath });
        }

        List(spec, "volumes").Add((JsonNode)new JsonObject
        {
            ["name"] = volume,
            ["projected"] = new JsonObject
            {
                ["sources"] = new JsonArray(
                    new JsonObject { ["serviceAccountToken"] = new JsonObject { ["expirationSeconds"] = TokenSeconds, ["path"] = "token" } },
                    new JsonObject { ["configMap"] = new JsonObject { ["name"] = "kube-root-ca.crt", ["items"] = Item("key", "ca.crt", "ca.crt") } },
                    new JsonObject
                    {
                        ["downwardAPI"] = new JsonObject
                        {
                            ["items"] = Item("fieldRef", new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = "metadata.namespace" }, "namespace"),
                        },
                    }),
                ["defaultMode"] = 420,
            },
        });
    }

    private static IEnumerable<JsonObject> Containers(JsonObject spec) =>
        spec.Items("initContainers").Concat(spec.Items("containers")).Select(entry => entry.Item);

    private static JsonArray Item(string source, JsonNode value, string path) => new(new JsonObject { ["path"] = path, [source] = value });

    private static JsonArray List(JsonObject parent, string name)
    {
        if (parent[name] is not JsonArray list)
        {
            list = [];
            parent[name] = list;
        }

        return list;
    }
}
