using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Tests.Store;

/// <summary>Objects and stores for the tests of the store.</summary>
internal static class StoreObjects
{
    public static readonly ResourceKey ConfigMaps = new("", "configmaps");

    public static ObjectKey Key(string name) => new(ConfigMaps, "default", name);

    public static ObjectBytes Bytes(string name, string value = "1") => ObjectBytes.From(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default", ["uid"] = name, ["labels"] = new JsonObject { ["value"] = value } },
        ["data"] = new JsonObject { ["value"] = value },
    });

    public static ClusterStore Open(string path, int keptEvents = 10_000, int compactEvery = 2_000, int watcherBuffer = 4_096, long maxFileBytes = 1L << 30) =>
        ClusterStore.Open(
            new StoreOptions { Path = path, KeptEvents = keptEvents, CompactEvery = compactEvery, WatcherBuffer = watcherBuffer, MaxFileBytes = maxFileBytes },
            NullLogger<ClusterStore>.Instance);

    /// <summary>Waits for the next change.</summary>
    public static async Task<StoreEvent> NextAsync(this StoreSubscription subscription, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (subscription.TryRead(out StoreEvent change))
            {
                return change;
            }

            await subscription.WaitAsync(cancellationToken);
        }
    }
}
