using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Manifests;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Hosting;

/// <summary>What a cluster has before anybody has created anything; run at each start and idempotent.</summary>
internal sealed class FirstObjects(LocalClusterOptions options, ObjectVerbs verbs, KindRegistry registry)
{
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        foreach (string name in options.Namespaces)
        {
            await EnsureAsync(CoreTypes.Namespaces, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } }, cancellationToken);
        }

        foreach (string text in options.CustomResourceDefinitions)
        {
            foreach (YamlDocument document in YamlReader.ReadAll(text, "CustomResourceDefinition"))
            {
                await InstallAsync(Metadata.Reread((JsonObject)document.Root!), cancellationToken);
            }
        }
    }

    private async Task EnsureAsync(ResourceType type, JsonObject resource, CancellationToken cancellationToken)
    {
        KindDefinition kind = Kind(type);
        string name = Metadata.Text(Metadata.Of(resource), "name")!;
        if (verbs.Reader.Find(kind, null, name) is null)
        {
            await verbs.Creator.CreateAsync(kind, null, resource, new WriteOptions(), cancellationToken);
        }
    }

    // A newer version of the product brings newer definitions; what users added to theirs (labels, annotations) stays.
    private async Task InstallAsync(JsonObject definition, CancellationToken cancellationToken)
    {
        KindDefinition kind = Kind(CoreTypes.CustomResourceDefinitions);
        string name = Metadata.Text(Metadata.Of(definition), "name")
            ?? throw new ManifestException("A CustomResourceDefinition in LocalClusterOptions.CustomResourceDefinitions has no metadata.name.");
        if (verbs.Reader.Find(kind, null, name) is null)
        {
            await verbs.Creator.CreateAsync(kind, null, definition, new WriteOptions(), cancellationToken);
            return;
        }

        await verbs.Editor.PatchAsync(kind, null, name, null, Upgrade, new WriteOptions(), cancellationToken);

        JsonObject Upgrade(JsonObject current)
        {
            current["spec"] = definition["spec"]?.DeepClone();
            return current;
        }
    }

    private KindDefinition Kind(ResourceType type) => registry.Current.Find(type.Group, type.Version, type.Plural)!;
}
