using System.Text;
using System.Text.RegularExpressions;
using Sympozium.LocalCluster.Store;
using Sympozium.LocalCluster.Tests.Store;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Faults;

/// <summary>A disk that gives back other bytes than were written.</summary>
public sealed class DamagedDatabaseTests : IDisposable
{
    private const int PageBytes = 4_096;

    private readonly TemporaryDirectory _folder = new();

    private string Database => _folder["cluster.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_OneByteOfAnObjectChanged_RefusesAndNamesTheObject()
    {
        await FillAsync();
        byte[] bytes = await File.ReadAllBytesAsync(Database);
        int at = bytes.AsSpan().LastIndexOf(Encoding.UTF8.GetBytes("the value of c7"));
        bytes[at] ^= 0x20;
        await File.WriteAllBytesAsync(Database, bytes);
        StoreOpenException refusal = Assert.Throws<StoreOpenException>(() => StoreObjects.Open(Database));
        Assert.Contains("configmaps/default/c7", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Database));
    }

    [Fact]
    public async Task Open_APageOfZeros_RefusesAndTheCommandsOfTheMessageRestore()
    {
        await FillAsync();
        byte[] bytes = await File.ReadAllBytesAsync(Database);
        bytes.AsSpan(bytes.Length / PageBytes / 2 * PageBytes, PageBytes).Clear();
        await File.WriteAllBytesAsync(Database, bytes);
        StoreOpenException refusal = Assert.Throws<StoreOpenException>(() => StoreObjects.Open(Database));
        Assert.Contains("is damaged", refusal.Message, StringComparison.Ordinal);
        Match command = Regex.Match(refusal.Message, "cp '([^']+)' '([^']+)'");
        Assert.True(command.Success, refusal.Message);
        File.Delete(Database + "-wal");
        File.Copy(command.Groups[1].Value, command.Groups[2].Value, overwrite: true);
        using ClusterStore restored = StoreObjects.Open(Database);
        Assert.Equal(50, restored.Snapshot.Count(StoreObjects.ConfigMaps, null));
    }

    [Fact]
    public async Task Open_AnotherDatabase_RefusesAndLeavesTheCopyAlone()
    {
        await FillAsync();
        byte[] copy = await File.ReadAllBytesAsync(Database + ".backup");
        await File.WriteAllTextAsync(Database, "this is a text file and no database, however long it may be");
        Assert.Throws<StoreOpenException>(() => StoreObjects.Open(Database));
        Assert.Equal(copy, await File.ReadAllBytesAsync(Database + ".backup"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(File.GetUnixFileMode(Database), File.GetUnixFileMode(Database + ".backup"));
        }
    }

    private async Task FillAsync()
    {
        using ClusterStore store = StoreObjects.Open(Database);
        for (int i = 0; i < 50; i++)
        {
            await store.PutAsync(StoreObjects.Key($"c{i}"), 0, StoreObjects.Bytes($"c{i}", $"the value of c{i}" + new string(' ', 1_500)));
        }
    }
}
