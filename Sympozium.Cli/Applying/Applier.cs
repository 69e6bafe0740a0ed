using System.Text.Json.Nodes;
using Sympozium.Cli.Clusters;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Cli.Applying;

/// <summary>How objects are applied.</summary>
/// <param name="DryRun">Let the server do everything but store.</param>
/// <param name="ServerSide">Server-side apply instead of a three-way merge here.</param>
/// <param name="ForceConflicts">Take fields which others own, with server-side apply.</param>
internal sealed record ApplyOptions(bool DryRun = false, bool ServerSide = false, bool ForceConflicts = false);

/// <summary>What became of one object.</summary>
/// <param name="Type">Its kind.</param>
/// <param name="Object">As the server has it now.</param>
/// <param name="Verb">created, configured, unchanged or serverside-applied.</param>
internal sealed record Applied(ResourceType Type, JsonObject Object, string Verb);

/// <summary>Creates an object or merges it into the present one.</summary>
internal sealed class Applier(ClusterSession cluster, ApplyOptions options)
{
    private const int MaxAttempts = 5;
    private const string FieldManager = "sympozium-cli";

    /// <param name="manifest">The object.</param>
    /// <param name="givenNamespace">Namespace that the command line asks for; null when it does not.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CliException">The kind is unknown or the namespaces contradict each other.</exception>
    public async Task<Applied> ApplyAsync(ManifestObject manifest, string? givenNamespace, CancellationToken cancellationToken)
    {
        ResourceType type = await FindTypeAsync(manifest, cancellationToken);
        JsonObject resource = (JsonObject)manifest.Object.DeepClone();
        string? ns = type.Namespaced ? manifest.Namespace ?? givenNamespace ?? cluster.Namespace : null;
        if (ns is not null && givenNamespace is not null && ns != givenNamespace)
        {
            throw new CliException(ExitCodes.Refused,
                $"{manifest.Place}: {manifest.Kind} '{manifest.Name}' is in namespace '{ns}', but -n asks for '{givenNamespace}'");
        }
        if (ns is not null)
        {
            resource["metadata"]!["namespace"] = ns;
        }
        if (options.ServerSide)
        {
            return new Applied(type, await ServerSideAsync(type, ns, manifest.Name, resource, cancellationToken), "serverside-applied");
        }
        JsonObject modified = LastApplied.Annotate(resource);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await MergeAsync(type, ns, manifest.Name, modified, cancellationToken);
            }
            catch (KubernetesException e) when ((e.IsConflict || e.IsAlreadyExists) && attempt < MaxAttempts)
            {
                // Somebody wrote between our read and our write; read again.
                continue;
            }
        }
    }

    private async Task<Applied> MergeAsync(ResourceType type, string? ns, string name, JsonObject modified, CancellationToken cancellationToken)
    {
        if (await cluster.Client.GetAsync(type, ns, name, cancellationToken) is not { } current)
        {
            JsonObject created = await SendAsync(HttpMethod.Post, type.Path(ns), KubernetesRequest.Json, modified, [], cancellationToken);
            return new Applied(type, created, "created");
        }
        JsonObject patch = ThreeWayMerge.CreatePatch(LastApplied.Read(current), modified, current, ThreeWayMerge.MergesLists(type.Group));
        if (patch.Count == 0)
        {
            return new Applied(type, current, "unchanged");
        }
        JsonObject patched = await SendAsync(HttpMethod.Patch, type.Path(ns, name), "application/merge-patch+json", patch, [], cancellationToken);
        bool same = Version(patched) == Version(current) && !options.DryRun;
        return new Applied(type, patched, same ? "unchanged" : "configured");
    }

    private Task<JsonObject> ServerSideAsync(ResourceType type, string? ns, string name, JsonObject resource, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Patch, type.Path(ns, name), "application/apply-patch+yaml", resource,
            options.ForceConflicts ? [("force", "true")] : [], cancellationToken);

    private Task<JsonObject> SendAsync(
        HttpMethod method, string path, string contentType, JsonObject body, (string, string?)[] more, CancellationToken cancellationToken)
    {
        string query = KubernetesClient.Query(
            [("fieldManager", FieldManager), ("fieldValidation", "Strict"), ("dryRun", options.DryRun ? "All" : null), .. more]);
        return cluster.Client.RequestAsync(new KubernetesRequest(method, path + query) { Body = body, ContentType = contentType }, cancellationToken);
    }

    private async Task<ResourceType> FindTypeAsync(ManifestObject manifest, CancellationToken cancellationToken)
    {
        ApiResource? resource = await cluster.Discovery.FindKindAsync(manifest.ApiVersion, manifest.Kind, cancellationToken);
        if (resource is null)
        {
            // The definition of this kind may have been applied a moment ago.
            cluster.Discovery.Invalidate();
            resource = await cluster.Discovery.FindKindAsync(manifest.ApiVersion, manifest.Kind, cancellationToken);
        }
        return resource?.Type ?? throw new CliException(ExitCodes.NotFound, $"{manifest.Place}: {await UnknownKindAsync(manifest, cancellationToken)}");
    }

    private async Task<string> UnknownKindAsync(ManifestObject manifest, CancellationToken cancellationToken)
    {
        IReadOnlyList<ApiResource> resources = await cluster.Discovery.GetResourcesAsync(cancellationToken);
        string unknown = $"the server has no kind '{manifest.Kind}' in apiVersion '{manifest.ApiVersion}'";
        ApiResource? elsewhere = resources.FirstOrDefault(r => r.Type.Kind == manifest.Kind);
        if (elsewhere is not null)
        {
            return $"{unknown}; it has one in '{elsewhere.Type.ApiVersion}'";
        }
        string? near = Suggestion.Nearest(manifest.Kind, resources.Select(r => r.Type.Kind));
        return near is null ? unknown : $"{unknown}; did you mean '{near}'?";
    }

    private static string? Version(JsonObject resource) => resource["metadata"]?["resourceVersion"]?.GetValue<string>();
}
