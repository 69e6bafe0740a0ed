using Sympozium.Kubernetes.Client;

namespace Sympozium.Cli.Clusters;

/// <summary>A kind, or one object of it, that a person named on the command line.</summary>
/// <param name="Resource">The kind.</param>
/// <param name="Name">Name of the object; null means the whole collection.</param>
internal sealed record ResourceTarget(ApiResource Resource, string? Name)
{
    /// <summary>
    /// Reads <c>TYPE</c>, <c>TYPE,TYPE</c>, <c>TYPE NAME...</c> or <c>TYPE/NAME...</c>; a category such as <c>all</c> stands for its kinds.
    /// </summary>
    public static async Task<IReadOnlyList<ResourceTarget>> ReadAsync(IReadOnlyList<string> words, ClusterSession cluster, CancellationToken cancellationToken)
    {
        if (words.Any(w => w.Contains('/')))
        {
            return await ReadPairsAsync(words, cluster, cancellationToken);
        }
        List<ApiResource> resources = [];
        foreach (string type in words[0].Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            resources.AddRange(await ReadTypeAsync(type, cluster, cancellationToken));
        }
        string[] names = [.. words.Skip(1)];
        return names.Length == 0
            ? [.. resources.Select(r => new ResourceTarget(r, null))]
            : [.. resources.SelectMany(r => names.Select(n => new ResourceTarget(r, n)))];
    }

    private static async Task<IReadOnlyList<ResourceTarget>> ReadPairsAsync(IReadOnlyList<string> words, ClusterSession cluster, CancellationToken cancellationToken)
    {
        List<ResourceTarget> targets = [];
        foreach (string word in words)
        {
            if (word.Split('/') is not [{ Length: > 0 } type, { Length: > 0 } name])
            {
                throw new CliException(ExitCodes.Usage, $"'{word}' is not TYPE/NAME, and all arguments must be when one is");
            }
            targets.Add(new ResourceTarget(await cluster.FindAsync(type, cancellationToken), name));
        }
        return targets;
    }

    private static async Task<IEnumerable<ApiResource>> ReadTypeAsync(string type, ClusterSession cluster, CancellationToken cancellationToken)
    {
        if (await cluster.Discovery.FindResourceAsync(type, cancellationToken) is { } resource)
        {
            return [resource];
        }
        IReadOnlyList<ApiResource> all = await cluster.Discovery.GetResourcesAsync(cancellationToken);
        ApiResource[] category = [.. all.Where(r => r.Categories.Contains(type) && r.Verbs.Contains("list"))];
        return category.Length > 0 ? category : [await cluster.FindAsync(type, cancellationToken)];
    }
}
