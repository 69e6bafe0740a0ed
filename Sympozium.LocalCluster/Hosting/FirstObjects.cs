using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Manifests;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Authorization;
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

        await Task.WhenAll(
        [
            .. PriorityAdmission.System.Select(known => EnsureAsync(PriorityAdmission.Type, PriorityAdmission.Make(known.Key, known.Value), cancellationToken)),
            .. DefaultRoles.ClusterRoles().Select(role => RestoreAsync(RoleIndex.ClusterRoles.Plural, role, "rules", cancellationToken)),
            .. DefaultRoles.ClusterRoleBindings().Select(binding => RestoreAsync(RoleIndex.ClusterRoleBindings.Plural, binding, "subjects", cancellationToken)),
        ]);

        // Each on a thread of its own: reading and checking them is most of the work of a first start, and their commits share an fsync.
        await Task.WhenAll(options.CustomResourceDefinitions.Select(text => Task.Run(() => InstallAllAsync(text, cancellationToken), cancellationToken)));
    }

    private async Task InstallAllAsync(string text, CancellationToken cancellationToken)
    {
        foreach (YamlDocument document in YamlReader.ReadAll(text, "CustomResourceDefinition"))
        {
            await InstallAsync(Metadata.Reread((JsonObject)document.Root!), cancellationToken);
        }
    }

    // As Kubernetes does at each start: what was taken away comes back, what was added stays, unless the annotation says "false".
    private async Task RestoreAsync(string plural, JsonObject wanted, string list, CancellationToken cancellationToken)
    {
        KindDefinition kind = registry.Current.Find(RoleIndex.Group, "v1", plural)!;
        string name = Metadata.Text(Metadata.Of(wanted), "name")!;
        if (verbs.Reader.Find(kind, null, name) is not { } stored)
        {
            await verbs.Creator.CreateAsync(kind, null, wanted, new WriteOptions(), cancellationToken);
            return;
        }

        JsonObject current = stored.ToJson();
        if (!IsRestored(current) || wanted["aggregationRule"] is not null || Missing(current, wanted, list).Count == 0)
        {
            return;
        }

        await verbs.Editor.PatchAsync(kind, null, name, null, Restore, new WriteOptions(), cancellationToken);

        JsonObject Restore(JsonObject latest)
        {
            JsonArray items = latest[list]?.DeepClone() as JsonArray ?? [];
            Missing(latest, wanted, list).ForEach(item => items.Add(item.DeepClone()));
            latest[list] = items;
            return latest;
        }
    }

    private static bool IsRestored(JsonObject current) =>
        (Metadata.Of(current)["annotations"] as JsonObject)?[DefaultRoles.UpdateAnnotation]?.ToString() != "false";

    private static List<JsonNode> Missing(JsonObject current, JsonObject wanted, string list)
    {
        JsonArray items = current[list] as JsonArray ?? [];
        return [.. wanted[list]!.AsArray().OfType<JsonNode>().Where(item => !items.Any(known => JsonNode.DeepEquals(known, item)))];
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
