using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Sympozium.Persistence.Grains;

/// <summary>Grain state as JSON in SQLite. An ETag is never used twice, so that a record which was cleared and written anew is another one.</summary>
public sealed class SqliteGrainStorage(SqliteGrainDatabase database, JsonSerializerOptions json) : IGrainStorage
{
    private const string Insert = "INSERT INTO grain_state (grain, name, etag, json) VALUES ($grain, $name, $etag, $json) ON CONFLICT DO NOTHING";
    private const string Update = "UPDATE grain_state SET etag = $etag, json = $json WHERE grain = $grain AND name = $name AND etag = $old";
    private const string Delete = "DELETE FROM grain_state WHERE grain = $grain AND name = $name AND etag = $old";
    private const string SelectETag = "SELECT etag FROM grain_state WHERE grain = $grain AND name = $name";
    private const string Select = "SELECT etag, json FROM grain_state WHERE grain = $grain AND name = $name";

    private readonly GrainStateJson _json = new(json);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var rows = database.Read(connection => connection.Query(
            Select,
            row => (ETag: row.GetString(0), Json: row.GetFieldValue<byte[]>(1)),
            ("$grain", grainId.ToString()),
            ("$name", stateName)));
        grainState.RecordExists = rows.Count > 0;
        grainState.ETag = rows.Count > 0 ? rows[0].ETag : null;
        grainState.State = rows.Count > 0 ? _json.Read<T>(rows[0].Json) : GrainStateJson.Initial<T>();
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        WriteStateAsync(stateName, grainId, grainState, CancellationToken.None);

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        // Serialized now: the grain may go on changing its state while the write is under way.
        var content = _json.Write(grainState.State);
        var eTag = Guid.NewGuid().ToString("N");
        await ChangeAsync(grainState.ETag is null ? Insert : Update, stateName, grainId, grainState.ETag, eTag, content, cancellationToken);
        grainState.ETag = eTag;
        grainState.RecordExists = true;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ClearStateAsync(stateName, grainId, grainState, CancellationToken.None);

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        if (grainState.ETag is not null)
        {
            await ChangeAsync(Delete, stateName, grainId, grainState.ETag, null, null, cancellationToken);
        }

        grainState.State = GrainStateJson.Initial<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private async Task ChangeAsync(
        string sql, string stateName, GrainId grainId, string? oldETag, string? newETag, byte[]? content, CancellationToken cancellationToken)
    {
        var grain = grainId.ToString();
        var (changed, stored) = await database.WriteAsync(
            connection =>
            {
                var rows = connection.Execute(
                    sql, ("$grain", grain), ("$name", stateName), ("$etag", newETag), ("$json", content), ("$old", oldETag));
                return rows == 1
                    ? (true, null)
                    : (false, (string?)connection.Scalar(SelectETag, ("$grain", grain), ("$name", stateName)));
            },
            cancellationToken);
        if (!changed)
        {
            throw GrainStateJson.Conflict(stateName, grainId, stored, oldETag);
        }
    }
}
