using System.Globalization;
using Sympozium.Runner.Json;

namespace Sympozium.Runner.Bridge;

/// <summary>Events on their way: the JSON array that is sent and the files they came from.</summary>
internal sealed class EventBatch(BridgeOptions options, TimeProvider clock)
{
    private readonly JsonText _json = new(4096);
    private readonly List<IpcFile> _files = [];
    private readonly List<int> _starts = [];
    private readonly List<string> _topics = [];
    private readonly List<string?> _ids = [];

    /// <summary>The files, in order.</summary>
    public IReadOnlyList<IpcFile> Files => _files;

    /// <summary>Number of events.</summary>
    public int Count => _files.Count;

    /// <summary>Whether it should be sent before more is added.</summary>
    public bool IsFull => _files.Count >= options.MaxBatchEvents || _json.Length >= options.MaxBatchBytes;

    /// <summary>Adds an event.</summary>
    /// <param name="file">The file it came from.</param>
    /// <param name="topic">Its topic.</param>
    /// <param name="hasId">Whether it is the only event of this file, so that a repetition is recognized.</param>
    /// <param name="data">Its content, checked JSON.</param>
    public void Add(IpcFile file, string topic, bool hasId, ReadOnlySpan<byte> data)
    {
        _json.Raw(_files.Count == 0 ? "["u8 : ","u8);
        _starts.Add(_json.Length);
        _json.Raw("{\"topic\":"u8).String(topic).Raw(",\"timestamp\":"u8);
        _json.String(clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
        string? id = hasId ? $"{options.RunUid ?? options.RunId}-{file.Name}" : null;
        if (id is not null)
        {
            _json.Raw(",\"id\":"u8).String(id);
        }

        _json.Raw(",\"metadata\":{\"agentRunID\":"u8).String(options.RunId);
        if (options.RunUid is not null)
        {
            _json.Raw(",\"agentRunUID\":"u8).String(options.RunUid);
        }

        if (options.Instance is not null)
        {
            _json.Raw(",\"instanceName\":"u8).String(options.Instance);
        }

        _json.Raw(",\"namespace\":"u8).String(options.Namespace).Raw("},\"data\":"u8).Raw(data).Raw("}"u8);
        _files.Add(file);
        _topics.Add(topic);
        _ids.Add(id);
    }

    /// <summary>The whole array.</summary>
    public byte[] ToArray() => [.. _json.Written, (byte)']'];

    /// <summary>One of the events, without the array.</summary>
    public ReadOnlySpan<byte> Event(int index) => _json.Written[_starts[index]..(index + 1 < _starts.Count ? _starts[index + 1] - 1 : _json.Length)];

    /// <summary>Topic of one of the events.</summary>
    public string Topic(int index) => _topics[index];

    /// <summary>Id of one of the events; null when it has none.</summary>
    public string? Id(int index) => _ids[index];
}
