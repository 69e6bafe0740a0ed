using Microsoft.Data.Sqlite;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Sympozium.Persistence.Grains;

namespace Sympozium.Persistence.Tests.Grains;

public sealed class SqliteGrainStorageTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly GrainId Grain = GrainId.Create("test", "namespace/name");

    private readonly GrainDatabaseFile _file = new();

    public Task InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task Read_OfWhatWasNeverWritten_GivesNothing()
    {
        var state = await ReadAsync(Grain);

        Assert.False(state.RecordExists);
        Assert.Null(state.ETag);
        Assert.Null(state.State);
    }

    [Fact]
    public async Task Write_IsThereAfterReopening()
    {
        var state = new GrainState<StoredText>(new StoredText("kept"));
        await _file.Storage.WriteStateAsync("state", Grain, state);

        await _file.ReopenAsync();

        var read = await ReadAsync(Grain);
        Assert.Equal("kept", read.State!.Text);
        Assert.Equal(state.ETag, read.ETag);
        Assert.True(read.RecordExists);
    }

    [Fact]
    public async Task Write_AgainstAnOlderETag_IsRefused_AndChangesNothing()
    {
        var first = new GrainState<StoredText>(new StoredText("first"));
        await _file.Storage.WriteStateAsync("state", Grain, first);
        var second = await ReadAsync(Grain);
        second.State = new StoredText("second");
        await _file.Storage.WriteStateAsync("state", Grain, second);

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => _file.Storage.WriteStateAsync("state", Grain, first));

        Assert.Equal(second.ETag, conflict.StoredEtag);
        Assert.Equal(first.ETag, conflict.CurrentEtag);
        Assert.Equal("second", (await ReadAsync(Grain)).State!.Text);
    }

    [Fact]
    public async Task FirstWrite_WhenThereIsARecord_IsRefused()
    {
        await _file.Storage.WriteStateAsync("state", Grain, new GrainState<StoredText>(new StoredText("first")));

        await Assert.ThrowsAsync<InconsistentStateException>(
            () => _file.Storage.WriteStateAsync("state", Grain, new GrainState<StoredText>(new StoredText("also first"))));
    }

    [Fact]
    public async Task Clear_RemovesTheRecord_AndAnOldETagStaysOldAfterANewWrite()
    {
        var state = new GrainState<StoredText>(new StoredText("one"));
        await _file.Storage.WriteStateAsync("state", Grain, state);
        var stale = await ReadAsync(Grain);
        await _file.Storage.ClearStateAsync("state", Grain, state);
        Assert.False((await ReadAsync(Grain)).RecordExists);
        state.State = new StoredText("two");
        await _file.Storage.WriteStateAsync("state", Grain, state);

        await Assert.ThrowsAsync<InconsistentStateException>(() => _file.Storage.WriteStateAsync("state", Grain, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _file.Storage.ClearStateAsync("state", Grain, stale));
    }

    [Fact]
    public async Task Writes_ManyAtOnce_AreAllThere()
    {
        await Task.WhenAll(Enumerable.Range(0, 500).Select(number => _file.Storage.WriteStateAsync(
            "state", GrainId.Create("test", $"{number}"), new GrainState<StoredText>(new StoredText($"{number}")))));

        await _file.ReopenAsync();

        for (var number = 0; number < 500; number++)
        {
            Assert.Equal($"{number}", (await ReadAsync(GrainId.Create("test", $"{number}"))).State!.Text);
        }
    }

    [Fact]
    public async Task Write_OfAnUnknownType_SaysWhatToDo()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => _file.Storage.WriteStateAsync("state", Grain, new GrainState<Version>(new Version(1, 0))));

        Assert.Contains("JsonSerializerContext", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Database_WrittenByANewerVersion_IsRefused()
    {
        await _file.Database.WriteAsync(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT 1";
            return command.ExecuteScalar();
        });
        await _file.Database.DisposeAsync();
        await using (var connection = new SqliteConnection($"Data Source={_file.Path};Pooling=false"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            await command.ExecuteNonQueryAsync();
        }

        var refusal = Assert.Throws<InvalidOperationException>(() => new SqliteGrainDatabase(_file.Path));

        Assert.Contains("99", refusal.Message, StringComparison.Ordinal);
    }

    private async Task<GrainState<StoredText>> ReadAsync(GrainId grainId)
    {
        var state = new GrainState<StoredText>();
        await _file.Storage.ReadStateAsync("state", grainId, state);
        return state;
    }
}
