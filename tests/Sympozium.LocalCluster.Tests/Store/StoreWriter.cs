using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Tests.Store;

/// <summary>Writes without end and prints the name of each object once its write is acknowledged.</summary>
internal static class StoreWriter
{
    private const int Writers = 8;

    public static async Task RunAsync(string path)
    {
        using ClusterStore store = ClusterStore.Open(new StoreOptions { Path = path, CompactEvery = 50, KeptEvents = 100 }, NullLogger<ClusterStore>.Instance);
        using SemaphoreSlim output = new(1);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (int i = 0; ; i++)
            {
                string name = $"w{writer}-{i}";
                await store.PutAsync(StoreObjects.Key(name), 0, StoreObjects.Bytes(name));
                await output.WaitAsync();
                await Console.Out.WriteLineAsync(name);
                await Console.Out.FlushAsync();
                output.Release();
            }
        }));
    }
}
