using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Cli.Applying;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Cli.Installing;

/// <summary>
/// The manifests of <c>k8s/crds</c> and <c>k8s/manifests</c> as this program carries them, in the order in which they are applied, with the
/// images that an installation asks for.
/// </summary>
internal sealed class InstallManifests(string? siloImage, string? runnerImage)
{
    private const string Prefix = "install/";
    private const string Claim = "PersistentVolumeClaim";
    private const string RunnerImageOption = "--runner-image";

    // The namespace before what lives in it, the definitions before who watches them, rights before who needs them.
    private static readonly string[] Order = ["manifests/namespace.yaml", "crds/", "manifests/rbac.yaml", "manifests/control-plane.yaml"];
    private static readonly string[] Several = ["cluster/"];
    private static readonly string[] Registration = ["webhooks/"];
    private static readonly string[] Listening = ["overlays/webhook.yaml"];

    /// <summary>Only what a control plane outside of the cluster needs: namespace, definitions and rights.</summary>
    public bool External { get; init; }

    /// <summary>Also the admission webhook: the control plane listens for it, and the API server is told to ask.</summary>
    public bool Webhook { get; init; }

    /// <summary>Also what <c>k8s/cluster</c> has more than the rest: silos and gateways. Together with the small profile's process that is nothing to install, but all to remove.</summary>
    public bool WithClusterProfile { get; init; }

    /// <summary>Class of the control plane's volume; null for the cluster's default.</summary>
    public string? StorageClass { get; init; }

    /// <summary>No volume: what the control plane stores goes with its pod. Runs survive that, since their resources say where they are; the gateway's token and the history do not.</summary>
    public bool WithoutVolume { get; init; }

    /// <summary>All objects in order.</summary>
    public IReadOnlyList<ManifestObject> Objects() => [.. Files([.. External ? Order[..3] : Order, .. WithClusterProfile ? Several : [], .. Webhook ? Registration : []]).SelectMany(file => YamlReader.ReadAll(file.Text, file.Name))
        .Where(document => !WithoutVolume || (string?)document.Root!["kind"] != Claim)
        .Select(document => new ManifestObject(WithOptions((JsonObject)document.Root!), document.Source, document.Line))];

    /// <summary>All objects as one YAML text, for <c>kubectl apply -f -</c>.</summary>
    public string ToYaml()
    {
        var text = new StringBuilder();
        foreach (ManifestObject manifest in Objects())
        {
            text.Append("---\n").Append(YamlWriter.Write(manifest.Object));
        }

        return text.ToString();
    }

    private static IEnumerable<(string Name, string Text)> Files(string[] parts)
    {
        string[] all = [.. typeof(InstallManifests).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        foreach (string name in parts.SelectMany(part => all.Where(name => name.StartsWith(Prefix + part, StringComparison.Ordinal))))
        {
            using var reader = new StreamReader(typeof(InstallManifests).Assembly.GetManifestResourceStream(name)!);
            yield return (name[Prefix.Length..], reader.ReadToEnd());
        }
    }

    private JsonObject WithOptions(JsonObject resource)
    {
        if ((string?)resource["kind"] == "Deployment")
        {
            JsonNode container = Container(resource);
            if (Webhook)
            {
                Listen(container);
            }

            container["image"] = siloImage ?? (string)container["image"]!;
            JsonArray arguments = container["args"]!.AsArray();
            int at = arguments.Select(argument => (string?)argument).ToList().IndexOf(RunnerImageOption) + 1;
            arguments[at] = runnerImage ?? (string)arguments[at]!;
            if (WithoutVolume)
            {
                foreach (JsonObject volume in resource["spec"]!["template"]!["spec"]!["volumes"]!.AsArray().OfType<JsonObject>().Where(volume => volume.Remove("persistentVolumeClaim")))
                {
                    volume["emptyDir"] = new JsonObject();
                }
            }
        }
        else if ((string?)resource["kind"] == Claim && StorageClass is not null)
        {
            resource["spec"]!["storageClassName"] = StorageClass;
        }

        return resource;
    }

    /// <summary>What the kustomization's patch adds, which is lists only.</summary>
    private static void Listen(JsonNode container)
    {
        (string name, string text) = Files(Listening).Single();
        JsonNode patch = Container((JsonObject)YamlReader.ReadSingle(text, name)!);
        foreach (string list in (string[])["env", "ports"])
        {
            container[list] = new JsonArray([.. patch[list]!.AsArray().Concat(container[list]!.AsArray()).Select(item => item!.DeepClone())]);
        }
    }

    private static JsonNode Container(JsonObject deployment) => deployment["spec"]!["template"]!["spec"]!["containers"]![0]!;
}
