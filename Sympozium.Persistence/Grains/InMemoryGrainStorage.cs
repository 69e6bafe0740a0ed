using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Sympozium.Persistence.Grains;

/// <summary>Grain state in memory, as JSON, so that nobody shares an object with the store. It survives the grain runtime, not the process.</summary>
public sealed class InMemoryGrainStorage(JsonSerializerOptions json) : IGrainStorage
{
    private readonly ConcurrentDictionary<(string, GrainId), Record> _records = new();
    private readonly GrainStateJson _json = new(json);
    private long _version;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var record = _records.GetValueOrDefault((stateName, grainId));
        grainState.State = record is null ? GrainStateJson.Initial<T>() : _json.Read<T>(record.Json);
        grainState.ETag = record?.ETag;
        grainState.RecordExists = record is not null;
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var record = new Record(_json.Write(grainState.State), Interlocked.Increment(ref _version).ToString(CultureInfo.InvariantCulture));
        var current = _records.GetValueOrDefault((stateName, grainId));
        var written = current?.ETag == grainState.ETag && (current is null
            ? _records.TryAdd((stateName, grainId), record)
            : _records.TryUpdate((stateName, grainId), record, current));
        if (!written)
        {
            throw GrainStateJson.Conflict(stateName, grainId, current?.ETag, grainState.ETag);
        }

        grainState.ETag = record.ETag;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var current = _records.GetValueOrDefault((stateName, grainId));
        if (current?.ETag != grainState.ETag || (current is not null && !_records.TryRemove(KeyValuePair.Create((stateName, grainId), current))))
        {
            throw GrainStateJson.Conflict(stateName, grainId, current?.ETag, grainState.ETag);
        }

        grainState.State = GrainStateJson.Initial<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }

    private sealed class Record(byte[] json, string eTag)
    {
        public byte[] Json => json;

        public string ETag => eTag;
    }
}
