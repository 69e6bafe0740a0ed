using System.Diagnostics;
using System.Text;
using Sympozium.LocalCluster.Store;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Store;

public sealed class ClusterStoreTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private string Path => _folder["cluster.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Put_NewObject_IsReadableWithItsRevision()
    {
        using ClusterStore store = StoreObjects.Open(Path);
        StoredObject stored = await store.PutAsync(StoreObjects.Key("a"), 0, StoreObjects.Bytes("a"));
        Assert.Equal(stored.Revision, store.Revision);
        Assert.Same(stored, store.Snapshot.Find(StoreObjects.Key("a")));
        Assert.Equal($"{stored.Revision}", stored.ToJson()["metadata"]!["resourceVersion"]!.GetValue<string>());
    }

    [Fact]
    public async Task Put_StaleRevision_IsAConflictWithTheCurrentObject()
    {
        using ClusterStore store = StoreObjects.Open(Path);
        StoredObject first = await store.PutAsync(StoreObjects.Key("a"), 0, StoreObjects.Bytes("a"));
        StoredObject second = await store.PutAsync(StoreObjects.Key("a"), first.Revision, StoreObjects.Bytes("a", "2"));
        StoreConflictException conflict = await Assert.ThrowsAsync<StoreConflictException>(
            () => store.PutAsync(StoreObjects.Key("a"), first.Revision, StoreObjects.Bytes("a", "3")));
        Assert.Equal(second.Revision, conflict.Current!.Revision);
        await Assert.ThrowsAsync<StoreConflictException>(() => store.PutAsync(StoreObjects.Key("a"), 0, StoreObjects.Bytes("a")));
        await Assert.ThrowsAsync<StoreConflictException>(() => store.DeleteAsync(StoreObjects.Key("b"), 7, StoreObjects.Bytes("b")));
    }

    [Fact]
    public async Task Put_ManyAtOnceOnOneRevision_ExactlyOneWins()
    {
        using ClusterStore store = StoreObjects.Open(Path);
        StoredObject first = await store.PutAsync(StoreObjects.Key("a"), 0, StoreObjects.Bytes("a"));
        Task<StoredObject>[] writes = [.. Enumerable.Range(0, 50).Select(i => store.PutAsync(StoreObjects.Key("a"), first.Revision, StoreObjects.Bytes("a", $"{i}")))];
        int won = 0;
        foreach (Task<StoredObject> write in writes)
        {
            try
            {
                await write;
                won++;
            }
            catch (StoreConflictException conflict)
            {
                Assert.Equal(first.Revision + 1, conflict.Current!.Revision);
            }
        }

        Assert.Equal(1, won);
    }

    [Fact]
    public async Task Open_AfterRestart_HasEveryObjectAndGoesOnWithRevisions()
    {
        long revision;
        using (ClusterStore store = StoreObjects.Open(Path))
        {
            StoredObject gone = await store.PutAsync(StoreObjects.Key("gone"), 0, StoreObjects.Bytes("gone"));
            await store.PutAsync(StoreObjects.Key("kept"), 0, StoreObjects.Bytes("kept"));
            revision = (await store.DeleteAsync(StoreObjects.Key("gone"), gone.Revision, StoreObjects.Bytes("gone"))).Revision;
        }

        using ClusterStore again = StoreObjects.Open(Path);
        Assert.Equal(revision, again.Revision);
        Assert.Equal(["kept"], again.Snapshot.List(StoreObjects.ConfigMaps, null).Select(stored => stored.Key.Name));
        Assert.Equal(revision + 1, (await again.PutAsync(StoreObjects.Key("new"), 0, StoreObjects.Bytes("new"))).Revision);
    }

    [Fact]
    public async Task Compaction_ManyUpdates_LeavesTheNewestAndAWorkingFile()
    {
        using (ClusterStore store = StoreObjects.Open(Path, keptEvents: 5, compactEvery: 10))
        {
            long revision = 0;
            for (int i = 0; i < 100; i++)
            {
                revision = (await store.PutAsync(StoreObjects.Key("a"), revision, StoreObjects.Bytes("a", $"{i}"))).Revision;
            }
        }

        using ClusterStore again = StoreObjects.Open(Path);
        Assert.Equal("99", again.Snapshot.Find(StoreObjects.Key("a"))!.Facts.Labels["value"]);
        Assert.Throws<StoreExpiredException>(() => again.Subscribe(null, again.Revision - 50, out _));
    }

    [Fact]
    public async Task Put_FileAtItsLimit_FailsClearlyAndTheStoreLivesOn()
    {
        using ClusterStore store = StoreObjects.Open(Path, maxFileBytes: 16 * 4096);
        string large = new('x', 30_000);
        StoredObject kept = await store.PutAsync(StoreObjects.Key("small"), 0, StoreObjects.Bytes("small"));
        StoreWriteException failure = await Assert.ThrowsAsync<StoreWriteException>(async () =>
        {
            for (int i = 0; i < 20; i++)
            {
                await store.PutAsync(StoreObjects.Key($"large{i}"), 0, StoreObjects.Bytes($"large{i}", large));
            }
        });
        Assert.Contains("no space left", failure.Message, StringComparison.Ordinal);
        long before = store.Revision;
        StoredObject updated = await store.PutAsync(StoreObjects.Key("small"), kept.Revision, StoreObjects.Bytes("small", "2"));
        Assert.Equal(before + 1, updated.Revision);
    }

    [Fact]
    public void Open_DamagedFile_RefusesAndSaysWhatToDo()
    {
        File.WriteAllText(Path, new string('x', 8_192), Encoding.ASCII);
        StoreOpenException failure = Assert.Throws<StoreOpenException>(() => StoreObjects.Open(Path));
        Assert.Contains("is damaged", failure.Message, StringComparison.Ordinal);
        Assert.Contains("restore a copy", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_FileInUseByAnotherProcess_RefusesAndSaysSo()
    {
        using Process writer = await StartWriterAsync(1);
        try
        {
            StoreOpenException failure = Assert.Throws<StoreOpenException>(() => StoreObjects.Open(Path));
            Assert.Contains("in use by another process", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            writer.Kill();
            await writer.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Acknowledged_KilledMidWrite_IsNeverLost()
    {
        List<string> acknowledged = [];
        using (Process writer = await StartWriterAsync(500, acknowledged))
        {
            writer.Kill();
            await writer.WaitForExitAsync();
            while (await writer.StandardOutput.ReadLineAsync() is { } name)
            {
                acknowledged.Add(name);
            }
        }

        using ClusterStore store = StoreObjects.Open(Path);
        Assert.All(acknowledged.SkipLast(1), name => Assert.NotNull(store.Snapshot.Find(StoreObjects.Key(name))));
        Assert.All(store.Snapshot.List(StoreObjects.ConfigMaps, null), stored => Assert.Equal(stored.Key.Name, stored.Facts.Uid));
    }

    private async Task<Process> StartWriterAsync(int writes, List<string>? names = null)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(ClusterStoreTests).Assembly.Location);
        start.ArgumentList.Add("write-until-killed");
        start.ArgumentList.Add(Path);
        if (!System.IO.Path.GetFileNameWithoutExtension(start.FileName).Equals("dotnet", StringComparison.Ordinal))
        {
            start.FileName = "dotnet";
        }

        Process process = Process.Start(start)!;
        for (int i = 0; i < writes; i++)
        {
            names?.Add(await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The writer ended by itself."));
            if (names is null)
            {
                await process.StandardOutput.ReadLineAsync();
            }
        }

        return process;
    }
}
