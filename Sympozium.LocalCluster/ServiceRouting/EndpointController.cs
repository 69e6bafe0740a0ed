using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Controllers;

namespace Sympozium.LocalCluster.ServiceRouting;

/// <summary>
/// Converges Endpoints and EndpointSlices towards Services and their pods. Triggered by changes of all of them; idempotent because
/// names are derived and only differences are written. Services without a selector are left to whoever writes their endpoints.
/// </summary>
internal sealed class EndpointController(
    IKubernetesClient client, ObjectCache<ServiceFacts> services, ObjectCache<SliceFacts> slices, ObjectCache<PodFacts> pods)
{
    private const string ManagedBy = "endpointslice.kubernetes.io/managed-by";
    private const string Manager = "endpointslice-controller.k8s.io";
    private const string EndpointsManagedBy = "endpoints.kubernetes.io/managed-by";
    private const string EndpointsManager = "endpoint-controller";
    private const string HeadlessLabel = "service.kubernetes.io/headless";
    private const string NameLetters = "bcdfghjklmnpqrstvwxz2456789";
    private const int SuffixLength = 5;
    private const int LongestPrefix = 58;

    /// <summary>The Services that a change of a pod may concern.</summary>
    public IEnumerable<(string Namespace, string Name)> Affected(PodFacts? before, PodFacts? now) => services.List((now ?? before)!.Namespace)
        .Where(service => (before is not null && service.Selects(before)) || (now is not null && service.Selects(now))).Select(service => service.Key);

    public async Task<TimeSpan?> SyncAsync((string Namespace, string Name) key, CancellationToken cancellationToken)
    {
        List<SliceFacts> own = [.. slices.List(key.Namespace).Where(slice => slice.Service == key.Name && slice.Labels.GetValueOrDefault(ManagedBy) == Manager)];
        ServiceFacts? service = services.Find(key.Namespace, key.Name);
        if (service is null || service.IsDeleting || service.Selector.Count == 0 || service.Type == "ExternalName")
        {
            // Owned slices of a deleted Service go with it; these are left when a selector was taken away.
            JsonObject? left = service is null ? await client.GetAsync(CoreTypes.Endpoints, key.Namespace, key.Name, cancellationToken) : null;
            if (left?["metadata"]?["labels"]?[EndpointsManagedBy]?.ToString() == EndpointsManager)
            {
                await client.DeleteAsync(CoreTypes.Endpoints, key.Namespace, key.Name, DeleteOptions.Background, cancellationToken);
            }

            return null;
        }

        IReadOnlyList<EndpointGroup> groups = EndpointPlanner.Group(service, pods.List(key.Namespace));
        await WriteEndpointsAsync(service, EndpointPlanner.Subsets(service, groups), cancellationToken);
        HashSet<string> wanted = new(StringComparer.Ordinal);
        int index = 0;
        foreach (JsonObject content in EndpointPlanner.Slices(service, groups))
        {
            string name = SliceName(service, index++);
            wanted.Add(name);
            await WriteSliceAsync(service, name, content, own.Find(slice => slice.Name == name), cancellationToken);
        }

        foreach (SliceFacts surplus in own.Where(slice => !wanted.Contains(slice.Name)))
        {
            await client.DeleteAsync(slices.Type, surplus.Namespace, surplus.Name, DeleteOptions.Background with { Uid = surplus.Uid }, cancellationToken);
        }

        return null;
    }

    private async Task WriteEndpointsAsync(ServiceFacts service, JsonArray subsets, CancellationToken cancellationToken)
    {
        JsonObject labels = Labels(service);
        labels[EndpointsManagedBy] = EndpointsManager;
        JsonObject? stored = await client.GetAsync(CoreTypes.Endpoints, service.Namespace, service.Name, cancellationToken);
        if (stored is not null)
        {
            JsonArray before = stored["subsets"] as JsonArray ?? [];
            if (JsonNode.DeepEquals(Plain(before), Plain(subsets)) && JsonNode.DeepEquals(stored["metadata"]?["labels"], labels))
            {
                return;
            }

            JsonObject patch = new()
            {
                ["metadata"] = new JsonObject { ["labels"] = labels },
                ["subsets"] = subsets.Count == 0 ? null : subsets,
            };
            await client.PatchAsync(CoreTypes.Endpoints, service.Namespace, service.Name, new Patch(PatchType.Merge, patch, ControllerHost.FieldManager), null, cancellationToken);
            return;
        }

        JsonObject endpoints = new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Endpoints",
            ["metadata"] = new JsonObject { ["name"] = service.Name, ["namespace"] = service.Namespace, ["labels"] = labels },
            ["subsets"] = subsets,
        };
        await IgnoreEndingAsync(() => client.CreateAsync(CoreTypes.Endpoints, endpoints, cancellationToken));
    }

    private async Task WriteSliceAsync(ServiceFacts service, string name, JsonObject content, SliceFacts? stored, CancellationToken cancellationToken)
    {
        if (stored is not null)
        {
            if (!JsonNode.DeepEquals(Plain(JsonNode.Parse(stored.Content)), Plain(content)))
            {
                slices.Put(await client.PatchAsync(slices.Type, service.Namespace, name, new Patch(PatchType.Merge, content, ControllerHost.FieldManager), null, cancellationToken));
            }

            return;
        }

        JsonObject labels = Labels(service);
        labels[ManagedBy] = Manager;
        labels[SliceFacts.ServiceLabel] = service.Name;
        JsonObject slice = new()
        {
            ["apiVersion"] = slices.Type.ApiVersion,
            ["kind"] = slices.Type.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["generateName"] = service.Name + "-",
                ["namespace"] = service.Namespace,
                ["labels"] = labels,
                ["ownerReferences"] = new JsonArray(Adoption.Reference(services.Type, service)),
            },
            ["addressType"] = "IPv4",
            ["endpoints"] = content["endpoints"]!.DeepClone(),
            ["ports"] = content["ports"]!.DeepClone(),
        };
        await IgnoreEndingAsync(async () => slices.Put(await client.CreateAsync(slices.Type, slice, cancellationToken)));
    }

    /// <summary>Somebody else was faster, or the namespace is going: the watch tells what there is then.</summary>
    private static async Task IgnoreEndingAsync(Func<Task> create)
    {
        try
        {
            await create();
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists || NamespaceEnd.IsCauseOf(exception))
        {
            return;
        }
    }

    private static JsonObject Labels(ServiceFacts service)
    {
        JsonObject labels = [];
        foreach ((string name, string value) in service.Labels)
        {
            labels[name] = value;
        }

        if (service.IsHeadless)
        {
            labels[HeadlessLabel] = "";
        }

        return labels;
    }

    /// <summary>Numbers made by code and numbers read from text compare equal in text form only.</summary>
    private static JsonNode? Plain(JsonNode? node) => node is null ? null : JsonNode.Parse(node.ToJsonString());

    private static string SliceName(ServiceFacts service, int index)
    {
        string prefix = service.Name + "-";
        byte[] bytes = SHA256.HashData(Encoding.UTF8.GetBytes(service.Uid + index.ToString(CultureInfo.InvariantCulture)));
        string suffix = string.Concat(bytes.Take(SuffixLength).Select(value => NameLetters[value % NameLetters.Length]));
        return (prefix.Length <= LongestPrefix ? prefix : prefix[..LongestPrefix]) + suffix;
    }
}
