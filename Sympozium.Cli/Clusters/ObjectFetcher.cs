using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sympozium.Cli.Output;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Cli.Clusters;

/// <summary>Which objects are wanted.</summary>
/// <param name="Namespace">Their namespace; null means all.</param>
/// <param name="Labels">Label selector.</param>
/// <param name="Fields">Field selector.</param>
internal sealed record ResourceQuery(string? Namespace, string? Labels, string? Fields);

/// <summary>Reads and watches objects as tables or as they are. A missing object gets a suggestion.</summary>
internal sealed class ObjectFetcher(ClusterSession cluster, ResourceQuery query, TimeProvider time)
{
    public async Task<JsonObject> TableAsync(ResourceTarget target, CancellationToken cancellationToken)
    {
        JsonObject answer = await RequestAsync(target, Path(target) + Selectors(target), KubernetesRequest.Table, cancellationToken);
        if (ServerTable.IsTable(answer))
        {
            return answer;
        }
        IEnumerable<JsonObject> objects = answer["items"] is JsonArray items ? items.OfType<JsonObject>() : [answer];
        return ServerTable.FromObjects(objects, time);
    }

    public async Task<IReadOnlyList<JsonObject>> ObjectsAsync(ResourceTarget target, CancellationToken cancellationToken)
    {
        if (target.Name is not null)
        {
            return [await RequestAsync(target, Path(target), KubernetesRequest.Json, cancellationToken)];
        }
        ListOptions options = new() { LabelSelector = query.Labels, FieldSelector = query.Fields };
        return (await cluster.Client.ListAsync(target.Resource.Type, query.Namespace, options, cancellationToken)).Items;
    }

    /// <summary>The present objects and then every change, until cancelled; goes on by itself when the server ends a watch.</summary>
    public async IAsyncEnumerable<JsonObject> WatchAsync(ResourceTarget target, bool asTable, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ResourceTarget collection = target with { Name = null };
        string fields = string.Join(',', ((string?[])[query.Fields, target.Name is null ? null : $"metadata.name={target.Name}"]).OfType<string>());
        string selectors = KubernetesClient.Query(("labelSelector", query.Labels), ("fieldSelector", fields.Length == 0 ? null : fields));
        if (target.Name is not null)
        {
            await RequestAsync(target, Path(target), KubernetesRequest.Json, cancellationToken);
        }
        string accept = asTable ? KubernetesRequest.Table : KubernetesRequest.Json;
        string? version = null;
        while (true)
        {
            // Without a version a watch begins with the present objects.
            string from = version is null ? "" : $"{(selectors.Length == 0 ? '?' : '&')}resourceVersion={version}";
            IAsyncEnumerator<JsonObject> events =
                cluster.Client.WatchRawAsync(Path(collection) + selectors + from, accept, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (events)
            {
                while (await MoveNextAsync(events))
                {
                    JsonObject change = events.Current;
                    if (change["object"] is not JsonObject item)
                    {
                        continue;
                    }
                    version = VersionOf(item) ?? version;
                    if (change["type"]?.GetValue<string>() != "BOOKMARK")
                    {
                        change.Remove("object");
                        yield return asTable && !ServerTable.IsTable(item) ? ServerTable.FromObjects([item], time) : item;
                    }
                }
            }
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    // An expired version ends this watch; the next one begins afresh because the last seen version no longer counts.
    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<JsonObject> events)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (KubernetesException e) when (e.IsExpired)
        {
            throw new CliException(ExitCodes.Unreachable, "the watch fell behind the server's history; start it again", e);
        }
    }

    private static string? VersionOf(JsonObject item)
    {
        JsonNode? row = (item["rows"] as JsonArray) is [JsonObject first, ..] ? first["object"] : null;
        return (row?["metadata"] ?? item["metadata"])?["resourceVersion"]?.GetValue<string>() is { Length: > 0 } version ? version : null;
    }

    private string Path(ResourceTarget target) =>
        target.Resource.Type.Path(target.Resource.Type.Namespaced ? query.Namespace : null, target.Name);

    private string Selectors(ResourceTarget target) => target.Name is not null ? "" : KubernetesClient.Query(("labelSelector", query.Labels), ("fieldSelector", query.Fields));

    private async Task<JsonObject> RequestAsync(ResourceTarget target, string path, string accept, CancellationToken cancellationToken)
    {
        try
        {
            return await cluster.Client.RequestAsync(new KubernetesRequest(HttpMethod.Get, path) { Accept = accept }, cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound && target.Name is not null)
        {
            string? near = await NearestNameAsync(target, cancellationToken);
            throw near is null ? e : new CliException(ExitCodes.NotFound, $"from server (NotFound): {e.Message}; did you mean '{near}'?", e);
        }
    }

    private async Task<string?> NearestNameAsync(ResourceTarget target, CancellationToken cancellationToken)
    {
        try
        {
            ResourceList list = await cluster.Client.ListAsync(target.Resource.Type, query.Namespace, ListOptions.All, cancellationToken);
            return Suggestion.Nearest(target.Name!, list.Items.Select(ResourceNames.NameOf));
        }
        catch (KubernetesException)
        {
            // The suggestion is a courtesy; whoever may not list still gets the answer that counts.
            return null;
        }
    }
}
