using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Gateway.Hosting;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.OpenAi;

/// <summary>A SympoziumInstance or Agent as a model of the OpenAI API.</summary>
internal sealed record CatalogEntry(string Id, ResourceKey Key, long Created);

/// <summary>The instances that clients may name as models.</summary>
internal sealed class InstanceCatalog(IKubernetesClient kubernetes, GatewayOptions options)
{
    /// <summary>All of them, by id.</summary>
    public async Task<IReadOnlyList<CatalogEntry>> ListAsync(CancellationToken cancellationToken)
    {
        Task<ResourceList> instances = kubernetes.ListAsync(SympoziumTypes.Instances, null, ListOptions.All, cancellationToken);
        Task<ResourceList> agents = kubernetes.ListAsync(SympoziumTypes.Agents, null, ListOptions.All, cancellationToken);
        IEnumerable<JsonObject> all = (await instances).Items.Concat((await agents).Items);
        return [.. all.Select(Entry).DistinctBy(entry => entry.Key).OrderBy(entry => entry.Id, StringComparer.Ordinal)];
    }

    /// <summary>Finds the instance with this id, <c>name</c> or <c>namespace/name</c>.</summary>
    /// <exception cref="ApiException">There is none.</exception>
    public async Task<CatalogEntry> GetAsync(string id, CancellationToken cancellationToken)
    {
        ResourceKey key = default;
        bool wellFormed = id.Contains('/', StringComparison.Ordinal)
            ? ResourceKey.TryParse(id, out key)
            : (key = new ResourceKey(options.DefaultNamespace, id)).Name.Length > 0;
        JsonObject? found = !wellFormed || !IsName(key.Namespace) || !IsName(key.Name)
            ? null
            : await kubernetes.GetAsync(SympoziumTypes.Instances, key.Namespace, key.Name, cancellationToken)
                ?? await kubernetes.GetAsync(SympoziumTypes.Agents, key.Namespace, key.Name, cancellationToken);
        return found is not null
            ? Entry(found)
            : throw new ApiException(
                404,
                ErrorTypes.InvalidRequest,
                "model_not_found",
                $"The model '{id}' does not exist: no SympoziumInstance or Agent has this name (namespace '{(wellFormed ? key.Namespace : "?")}'); GET /v1/models lists what there is.",
                "model");
    }

    private CatalogEntry Entry(JsonObject resource)
    {
        JsonNode metadata = resource["metadata"]!;
        var key = new ResourceKey((string)metadata["namespace"]!, (string)metadata["name"]!);
        _ = DateTimeOffset.TryParse((string?)metadata["creationTimestamp"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset created);
        return new CatalogEntry(key.Namespace == options.DefaultNamespace ? key.Name : key.ToString(), key, Math.Max(0, created.ToUnixTimeSeconds()));
    }

    /// <summary>Names go into URLs of the API server.</summary>
    private static bool IsName(string name) => name.Length <= 253 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.');
}
