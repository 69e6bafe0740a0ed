using Sympozium.LocalCluster.Store;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Store;

public sealed class WatchTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly CancellationTokenSource _limit = new(TestTimeouts.InProcess);

    private string Path => _folder["cluster.db"];

    public void Dispose()
    {
        _limit.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Subscribe_WhileManyWrite_SeesEachChangeOnceAndInOrder()
    {
        const int writers = 8;
        const int each = 60;
        using ClusterStore store = StoreObjects.Open(Path);
        long start = store.Revision;
        using StoreSubscription early = store.Subscribe(StoreObjects.ConfigMaps, start, out _);
        Task writing = Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
        {
            for (int i = 0; i < each; i++)
            {
                await store.PutAsync(StoreObjects.Key($"{writer}-{i}"), 0, StoreObjects.Bytes($"{writer}-{i}"));
            }
        }));
        List<long> seen = await ReadAsync(early, writers * each / 2);
        // A second reader takes over in the middle, as a client does after a break.
        using StoreSubscription late = store.Subscribe(StoreObjects.ConfigMaps, seen[^1], out _);
        seen.AddRange(await ReadAsync(late, writers * each - seen.Count));
        await writing;
        Assert.Equal(Enumerable.Range(1, writers * each).Select(i => start + i), seen);
    }

    [Fact]
    public async Task Read_OfAChange_FindsItInTheSnapshot()
    {
        using ClusterStore store = StoreObjects.Open(Path);
        using StoreSubscription reader = store.Subscribe(null, null, out _);
        Task reading = Task.Run(async () =>
        {
            for (int i = 0; i < 200; i++)
            {
                StoreEvent change = await reader.NextAsync(_limit.Token);
                Assert.True(store.Revision >= change.Revision);
                Assert.NotNull(store.Snapshot.Find(change.Stored.Key));
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => store.PutAsync(StoreObjects.Key($"{i}"), 0, StoreObjects.Bytes($"{i}"))));
        await reading;
    }

    [Fact]
    public async Task Subscribe_AfterRestart_ResumesWithoutGapOrRepeat()
    {
        List<long> written = [];
        long start;
        using (ClusterStore store = StoreObjects.Open(Path))
        {
            start = store.Revision;
            StoredObject first = await store.PutAsync(StoreObjects.Key("a"), 0, StoreObjects.Bytes("a"));
            written.Add(first.Revision);
            written.Add((await store.PutAsync(StoreObjects.Key("a"), first.Revision, StoreObjects.Bytes("a", "2"))).Revision);
            written.Add((await store.DeleteAsync(StoreObjects.Key("a"), written[1], StoreObjects.Bytes("a", "2"))).Revision);
        }

        using ClusterStore again = StoreObjects.Open(Path);
        using StoreSubscription all = again.Subscribe(StoreObjects.ConfigMaps, start, out _);
        Assert.Equal(written, await ReadAsync(all, 3));
        using StoreSubscription rest = again.Subscribe(StoreObjects.ConfigMaps, written[0], out _);
        StoreEvent update = await rest.NextAsync(_limit.Token);
        Assert.Equal("1", update.Previous!.Facts.Labels["value"]);
        Assert.True((await rest.NextAsync(_limit.Token)).IsDeletion);
        Assert.False(rest.TryRead(out _));
    }

    [Fact]
    public async Task Subscribe_BeforeTheKeptChanges_IsExpired()
    {
        using ClusterStore store = StoreObjects.Open(Path, keptEvents: 3);
        long start = store.Revision;
        for (int i = 0; i < 10; i++)
        {
            await store.PutAsync(StoreObjects.Key($"{i}"), 0, StoreObjects.Bytes($"{i}"));
        }

        Assert.Throws<StoreExpiredException>(() => store.Subscribe(null, start, out _));
        using StoreSubscription kept = store.Subscribe(null, store.Revision - 3, out _);
        Assert.Equal(3, (await ReadAsync(kept, 3)).Count);
    }

    [Fact]
    public async Task Read_TooSlow_EndsAsExpiredInsteadOfSkipping()
    {
        using ClusterStore store = StoreObjects.Open(Path, watcherBuffer: 4);
        using StoreSubscription slow = store.Subscribe(null, null, out _);
        for (int i = 0; i < 10; i++)
        {
            await store.PutAsync(StoreObjects.Key($"{i}"), 0, StoreObjects.Bytes($"{i}"));
        }

        Assert.Equal(4, (await ReadAsync(slow, 4)).Count);
        Assert.Throws<StoreExpiredException>(() => slow.TryRead(out _));
    }

    [Fact]
    public async Task Dispose_WithAReader_EndsItsStream()
    {
        ClusterStore store = StoreObjects.Open(Path);
        using StoreSubscription reader = store.Subscribe(null, null, out _);
        ValueTask waiting = reader.WaitAsync(_limit.Token);
        store.Dispose();
        await waiting;
        Assert.True(reader.IsEnded);
    }

    private async Task<List<long>> ReadAsync(StoreSubscription subscription, int count)
    {
        List<long> revisions = [];
        while (revisions.Count < count)
        {
            revisions.Add((await subscription.NextAsync(_limit.Token)).Revision);
        }

        return revisions;
    }
}
