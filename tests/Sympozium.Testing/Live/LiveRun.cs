using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Testing.Live;

/// <summary>
/// One run of tests on a cluster that is there already. Others see by its namespace, and the Lease in it that it renews, that it lives: what dead runs
/// left is removed by the next one, and what living ones use stays.
/// </summary>
public sealed class LiveRun : IAsyncDisposable
{
    private const string Lease = "alive";

    /// <summary>Longer than any renewal is late, and than it takes from the namespace to the first one.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private readonly HeldLease _alive;

    private LiveRun(HeldLease alive) => _alive = alive;

    /// <summary>Begins every run's name.</summary>
    public static string Prefix => "sympozium-test-";

    /// <summary>Name of the run in this process, and of its namespace.</summary>
    public static string Name { get; } = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));

    /// <summary>Labels of everything that the run makes for the whole cluster.</summary>
    public static JsonObject Labels => new() { [LiveNamespaces.Label] = Name };

    /// <summary>Makes the namespace and lives from now on.</summary>
    public static async Task<LiveRun> StartAsync(KubernetesClient client)
    {
        var metadata = new JsonObject { ["name"] = Name, ["labels"] = Labels };
        await client.CreateAsync(CoreTypes.Namespaces, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = metadata }, CancellationToken.None);
        return new LiveRun(new HeldLease(client, Name, Lease, Name));
    }

    /// <summary>Whether another run lives.</summary>
    public static async Task<bool> OthersLiveAsync(KubernetesClient client) => (await LivingAsync(client)).Any(run => run != Name);

    /// <summary>Objects of a type that runs left which are dead.</summary>
    public static async Task<IReadOnlyList<JsonObject>> LeftByDeadAsync(KubernetesClient client, ResourceType type)
    {
        ResourceList labelled = await client.ListAsync(type, null, new ListOptions { LabelSelector = LiveNamespaces.Label }, CancellationToken.None);
        if (labelled.Items.Count == 0)
        {
            return [];
        }

        HashSet<string> living = await LivingAsync(client);
        return [.. labelled.Items.Where(item => !living.Contains((string)item["metadata"]!["labels"]![LiveNamespaces.Label]!))];
    }

    /// <summary>Ends; the namespace is the caller's to remove, when it has removed all else.</summary>
    public ValueTask DisposeAsync() => _alive.DisposeAsync();

    private static async Task<HashSet<string>> LivingAsync(KubernetesClient client)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        HashSet<string> living = [Name];
        foreach (JsonObject space in (await client.ListAsync(CoreTypes.Namespaces, null, new ListOptions { LabelSelector = LiveNamespaces.Label }, CancellationToken.None)).Items)
        {
            string name = (string)space["metadata"]!["name"]!;
            if (name != (string?)space["metadata"]!["labels"]![LiveNamespaces.Label] || space["metadata"]!["deletionTimestamp"] is not null)
            {
                continue;
            }

            JsonObject? lease = await client.GetAsync(CoreTypes.Leases, name, Lease, CancellationToken.None);
            string sign = (string?)lease?["spec"]?["renewTime"] ?? (string)space["metadata"]!["creationTimestamp"]!;
            if (now - DateTimeOffset.Parse(sign, CultureInfo.InvariantCulture) < Silence)
            {
                living.Add(name);
            }
        }

        return living;
    }
}
