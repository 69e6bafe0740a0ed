using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Client;

/// <summary>
/// Which resources a server has. Asks with the aggregated discovery format (two requests) and falls back to one request for each
/// group version where the server does not know it. The answer is kept for the life of this object.
/// </summary>
public sealed class ResourceDiscovery(KubernetesClient client)
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
        + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

    private IReadOnlyList<ApiResource>? _resources;

    /// <summary>All resources, the preferred version of each group first, core group before the others.</summary>
    public async Task<IReadOnlyList<ApiResource>> GetResourcesAsync(CancellationToken cancellationToken)
    {
        if (_resources is null)
        {
            Task<IReadOnlyList<ApiResource>> core = ReadRootAsync("/api", cancellationToken);
            Task<IReadOnlyList<ApiResource>> groups = ReadRootAsync("/apis", cancellationToken);
            await Task.WhenAll(core, groups);
            _resources = [.. await core, .. await groups];
        }
        return _resources;
    }

    /// <summary>
    /// Finds what a person means by plural, singular, short name or kind, optionally followed by <c>.group</c> or
    /// <c>.version.group</c>; null when the server has no such resource.
    /// </summary>
    public async Task<ApiResource?> FindResourceAsync(string name, CancellationToken cancellationToken)
    {
        IReadOnlyList<ApiResource> resources = await GetResourcesAsync(cancellationToken);
        string[] parts = name.Split('.', 2);
        string plain = parts[0];
        string? suffix = parts.Length == 2 ? parts[1] : null;
        // A plural of one group wins over a short name of another, whatever their order.
        return resources.FirstOrDefault(r => Is(r.Type.Plural, plain) && InGroup(r.Type, suffix))
            ?? resources.FirstOrDefault(r => (Is(r.Singular, plain) || Is(r.Type.Kind, plain)) && InGroup(r.Type, suffix))
            ?? resources.FirstOrDefault(r => r.ShortNames.Any(s => Is(s, plain)) && InGroup(r.Type, suffix));
    }

    /// <summary>Finds the resource whose objects have this apiVersion and kind; null when the server has none.</summary>
    public async Task<ApiResource?> FindKindAsync(string apiVersion, string kind, CancellationToken cancellationToken)
    {
        IReadOnlyList<ApiResource> resources = await GetResourcesAsync(cancellationToken);
        return resources.FirstOrDefault(r => r.Type.ApiVersion == apiVersion && r.Type.Kind == kind);
    }

    /// <summary>Forgets what was read, for example after a CustomResourceDefinition was applied.</summary>
    public void Invalidate() => _resources = null;

    private static bool Is(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    private static bool InGroup(ResourceType type, string? suffix) =>
        suffix is null || Is(type.Group, suffix) || Is($"{type.Version}.{type.Group}", suffix) || (suffix == type.Version && type.Group.Length == 0);

    private async Task<IReadOnlyList<ApiResource>> ReadRootAsync(string root, CancellationToken cancellationToken)
    {
        JsonObject answer = await client.RequestAsync(new KubernetesRequest(HttpMethod.Get, root) { Accept = Aggregated }, cancellationToken);
        return Text(answer["kind"]) switch
        {
            "APIGroupDiscoveryList" => [.. Objects(answer["items"]).SelectMany(FromAggregatedGroup)],
            "APIVersions" => await ReadLegacyAsync([.. Strings(answer["versions"]).Select(v => ("", v))], cancellationToken),
            _ => await ReadLegacyAsync([.. Objects(answer["groups"]).SelectMany(GroupVersions)], cancellationToken),
        };
    }

    private async Task<IReadOnlyList<ApiResource>> ReadLegacyAsync(IReadOnlyList<(string Group, string Version)> versions, CancellationToken cancellationToken)
    {
        List<ApiResource> resources = [];
        foreach ((string group, string version) in versions)
        {
            string path = group.Length == 0 ? $"/api/{version}" : $"/apis/{group}/{version}";
            try
            {
                JsonObject list = await client.RequestAsync(new KubernetesRequest(HttpMethod.Get, path), cancellationToken);
                resources.AddRange(Objects(list["resources"]).Where(r => !Text(r["name"]).Contains('/')).Select(r => FromLegacy(group, version, r)));
            }
            catch (KubernetesException e) when (e.IsTransient && e.Reason != StatusReasons.Unreachable)
            {
                // An aggregated API whose backend is down must not hide all other groups.
                continue;
            }
        }
        return resources;
    }

    private static IEnumerable<(string Group, string Version)> GroupVersions(JsonObject group)
    {
        string name = Text(group["name"]);
        string preferred = Text(group["preferredVersion"]?["version"]);
        return Objects(group["versions"]).Select(v => Text(v["version"])).OrderBy(v => v == preferred ? 0 : 1).Select(v => (name, v));
    }

    private static IEnumerable<ApiResource> FromAggregatedGroup(JsonObject group)
    {
        string name = Text(group["metadata"]?["name"]);
        foreach (JsonObject version in Objects(group["versions"]))
        {
            foreach (JsonObject resource in Objects(version["resources"]))
            {
                ResourceType type = new(name, Text(version["version"]), Text(resource["resource"]),
                    Text(resource["responseKind"]?["kind"]), Text(resource["scope"]) == "Namespaced");
                yield return new ApiResource(type, Text(resource["singularResource"]), [.. Strings(resource["shortNames"])],
                    [.. Strings(resource["categories"])], [.. Strings(resource["verbs"])]);
            }
        }
    }

    private static ApiResource FromLegacy(string group, string version, JsonObject resource) => new(
        new ResourceType(group, version, Text(resource["name"]), Text(resource["kind"]), resource["namespaced"]?.GetValue<bool>() ?? false),
        Text(resource["singularName"]), [.. Strings(resource["shortNames"])], [.. Strings(resource["categories"])], [.. Strings(resource["verbs"])]);

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => (node as JsonArray)?.OfType<JsonObject>() ?? [];

    private static IEnumerable<string> Strings(JsonNode? node) => (node as JsonArray)?.Select(Text) ?? [];

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}
