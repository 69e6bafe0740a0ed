using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Faults;

/// <summary>The memory of the whole process is measured: no other test may use any meanwhile.</summary>
[CollectionDefinition(nameof(SlowWatcherTests), DisableParallelization = true)]
public sealed class SlowWatcherCollection;

/// <summary>Clients that open a watch and do not read it.</summary>
[Collection(nameof(SlowWatcherTests))]
public sealed class SlowWatcherTests : IAsyncLifetime, IDisposable
{
    private const int Watchers = 20;
    private const int Writes = 200;
    private const int ObjectBytes = 400_000;
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    // Every watcher's own copy of what it missed would be 1.6 GB.
    private const long MostBytes = 200L << 20;

    private readonly TemporaryDirectory _folder = new();
    private LocalClusterHost _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = new(
            new LocalClusterOptions { DataDirectory = _folder.Path, Port = 0, WatcherBuffer = 16, KeptEvents = 16 },
            [], () => throw new NotSupportedException(), null, TimeProvider.System, NullLoggerFactory.Instance);
        await _cluster.StartAsync(default);
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    /// <summary>Called by xunit after <see cref="DisposeAsync"/>.</summary>
    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Watchers_ThatDoNotRead_CostLittle_AndAreToldThatTheyMissedSomething()
    {
        using ApiCaller api = new(_cluster);
        using CancellationTokenSource limit = new(TestTimeouts.WithProcesses);
        string filling = new('x', ObjectBytes);
        Assert.Equal(201, (await api.CallAsync("POST", ConfigMaps, $$$"""{"metadata":{"name":"big"},"data":{"value":"{{{filling}}}"}}""")).Code);
        List<Stream> streams = [];
        try
        {
            for (int i = 0; i < Watchers; i++)
            {
                streams.Add(await api.OpenAsync($"{ConfigMaps}?watch=1", limit.Token));
            }

            long before = GC.GetTotalMemory(forceFullCollection: true);
            for (int i = 0; i < Writes; i++)
            {
                Assert.Equal(200, (await api.CallAsync("PATCH", $"{ConfigMaps}/big", $$$"""{"data":{"round":"{{{i}}}"}}""")).Code);
            }

            long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
            Assert.True(grown < MostBytes, $"{Watchers} watchers that do not read hold {grown >> 20} MiB");
            foreach (Stream stream in streams)
            {
                JsonNode last = JsonNode.Parse(await LastLineAsync(stream, limit.Token))!;
                Assert.Equal("ERROR", last["type"]!.GetValue<string>());
                Assert.Equal(410, last["object"]!["code"]!.GetValue<int>());
                Assert.Equal("Expired", last["object"]!["reason"]!.GetValue<string>());
            }
        }
        finally
        {
            streams.ForEach(stream => stream.Dispose());
        }
    }

    private static async Task<string> LastLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        using StreamReader reader = new(stream, Encoding.UTF8, leaveOpen: true);
        string last = "";
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            last = line;
        }

        return last;
    }
}
