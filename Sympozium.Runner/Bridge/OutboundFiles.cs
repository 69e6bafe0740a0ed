using System.Runtime.InteropServices;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Json;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Bridge;

/// <summary>
/// The files that wait to be published, in the order of their writing, and what becomes of them afterwards. Published files are removed,
/// because the volume is small; the result, the status and the newest stream file stay (a restarted agent counts on from the latter).
/// </summary>
internal sealed class OutboundFiles(BridgeOptions options, TimeProvider clock)
{
    private readonly Queue<IpcFile> _waiting = new();
    private readonly HashSet<IpcFile> _known = [];
    private readonly HashSet<IpcFile> _scanned = [];
    private string? _newestStream;
    private EventBatch? _sending;

    /// <summary>The directories that are published, in the order in which what lies there is.</summary>
    public static string[] Watched(BridgeOptions options) => options.ReportsSpans
        ? [IpcPaths.Messages, IpcPaths.Schedules, IpcPaths.Spawn, IpcPaths.Traces, IpcPaths.Output]
        : [IpcPaths.Messages, IpcPaths.Schedules, IpcPaths.Spawn, IpcPaths.Output];

    /// <summary>Whether the result was published.</summary>
    public bool IsResultPublished { get; private set; }

    /// <summary>Whether the sentinel was seen.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether something waits.</summary>
    public bool HasWaiting => _waiting.Count > 0;

    /// <summary>Whether a request for a child run waits, whose answer must not be missed.</summary>
    public bool HasSpawnRequest { get; private set; }

    /// <summary>Takes note of a file that its writer closed or renamed into place.</summary>
    public void Note(IpcFile file)
    {
        _scanned.Remove(file);
        if (file.Folder.Length == 0)
        {
            IsDone |= file.Name == IpcPaths.DoneFile;
            return;
        }

        // A file that the scan found and its event come both when it is written just then; a status is old once the result is out.
        bool isPublished = file.Folder == IpcPaths.Output && (file.Name == _newestStream || (IsResultPublished && file.Name is "result.json" or "status.json"));
        if (!isPublished && Topic(file) is { } topic && _known.Add(file))
        {
            HasSpawnRequest |= topic == Topics.SpawnRequest;
            _waiting.Enqueue(file);
        }
    }

    /// <summary>Takes note of everything that lies there: requests, then the stream in its order, the result last.</summary>
    public void Scan()
    {
        IsDone |= File.Exists($"{options.IpcRoot}/{IpcPaths.DoneFile}");
        foreach (string folder in Watched(options))
        {
            var names = new List<string>();
            foreach (string path in Directory.EnumerateFiles($"{options.IpcRoot}/{folder}"))
            {
                names.Add(Path.GetFileName(path));
            }

            names.Sort(static (left, right) => Rank(left) != Rank(right) ? Rank(left) - Rank(right) : string.CompareOrdinal(left, right));
            foreach (string name in names)
            {
                NoteScanned(new IpcFile(folder, name));
            }
        }
    }

    /// <summary>The next events, at most one batch; null when nothing waits.</summary>
    public EventBatch? NextBatch()
    {
        var batch = new EventBatch(options, clock);
        while (!batch.IsFull && _waiting.TryDequeue(out IpcFile? file))
        {
            _known.Remove(file);
            Load(file, batch);
        }

        HasSpawnRequest &= _waiting.Count > 0;
        _sending = batch;
        return batch.Count > 0 ? batch : null;
    }

    /// <summary>Lets the batch that was under way when the process had to stop wait again, before everything else.</summary>
    public void Retry()
    {
        if (_sending is null)
        {
            return;
        }

        var later = new List<IpcFile>(_waiting);
        _waiting.Clear();
        _known.Clear();
        foreach (IpcFile file in _sending.Files)
        {
            Note(file);
        }

        later.ForEach(Note);
        _sending = null;
    }

    /// <summary>Takes note that the events of a batch were taken by the gateway or refused for good.</summary>
    public void Finished(EventBatch batch)
    {
        _sending = null;
        foreach (IpcFile file in batch.Files)
        {
            Finished(file);
        }
    }

    private void Finished(IpcFile file)
    {
        if (file.Folder != IpcPaths.Output)
        {
            PosixFile.Delete(PathOf(file));
        }
        else if (file.Name == "result.json")
        {
            IsResultPublished = true;
        }
        else if (file.Name.StartsWith(IpcPaths.StreamPrefix, StringComparison.Ordinal))
        {
            if (_newestStream is not null)
            {
                PosixFile.Delete($"{options.IpcRoot}/{IpcPaths.Output}/{_newestStream}");
            }

            _newestStream = file.Name;
        }
    }

    private void NoteScanned(IpcFile file)
    {
        if (!_known.Contains(file))
        {
            Note(file);
            _scanned.Add(file);
        }
    }

    private static string? Topic(IpcFile file)
    {
        string name = file.Name;
        if (name.StartsWith('.') || !name.EndsWith(".json", StringComparison.Ordinal) || !IpcPaths.IsSafeId(name))
        {
            return null;
        }

        return file.Folder switch
        {
            IpcPaths.Output when name == "result.json" => Topics.RunCompleted,
            IpcPaths.Output when name == "status.json" => Topics.StatusUpdate,
            IpcPaths.Output when name.StartsWith(IpcPaths.StreamPrefix, StringComparison.Ordinal) => Topics.StreamChunk,
            IpcPaths.Spawn when name.StartsWith("request-", StringComparison.Ordinal) => Topics.SpawnRequest,
            IpcPaths.Messages when name.StartsWith("send-", StringComparison.Ordinal) => Topics.ChannelSend,
            IpcPaths.Traces when name.StartsWith("spans-", StringComparison.Ordinal) => Topics.TraceSpans,
            IpcPaths.Schedules when name.StartsWith("schedule-", StringComparison.Ordinal) => Topics.ScheduleUpsert,
            _ => null,
        };
    }

    private static int Rank(string name) => name switch { "status.json" => 0, "result.json" => 2, _ => 1 };

    private void Load(IpcFile file, EventBatch batch)
    {
        byte[]? content = Read(file);
        if (content is null)
        {
            return;
        }

        string topic = Topic(file)!;
        JsonKind expected = topic is Topics.StreamChunk or Topics.TraceSpans ? JsonKind.Array : JsonKind.Object;
        if (JsonCursor.Check(content) != expected)
        {
            SetAside(file, $"is not a JSON {(expected == JsonKind.Array ? "array" : "object")}");
            return;
        }

        if (topic == Topics.ChannelSend)
        {
            content = OutboundMessages.Filter(content, options.AllowedChannels, file.Name);
            if (content is null)
            {
                PosixFile.Delete(PathOf(file));
                return;
            }
        }

        topic = topic == Topics.RunCompleted && IsFailure(content) ? Topics.RunFailed : topic;
        batch.Add(file, topic, hasId: topic != Topics.StatusUpdate, content);
    }

    private byte[]? Read(IpcFile file)
    {
        try
        {
            return PosixFile.ReadAll(PathOf(file), options.MaxFileBytes);
        }
        catch (IOException e)
        {
            SetAside(file, $"cannot be read ({e.Message})");
            return null;
        }
    }

    private static bool IsFailure(ReadOnlySpan<byte> result)
    {
        var cursor = new JsonCursor(result);
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("status"u8))
            {
                return cursor.String() is not (AgentResultStatus.Success or AgentResultStatus.Skipped);
            }

            cursor.Skip();
        }

        return true;
    }

    // A writer that does not rename may still be at work on a file that a scan found; it will close it, and that is an event.
    private void SetAside(IpcFile file, string problem)
    {
        string path = PathOf(file);
        if (_scanned.Contains(file) && clock.GetUtcNow() - File.GetLastWriteTimeUtc(path) < options.HalfWrittenAge)
        {
            return;
        }

        RunnerLog.Error($"The file '{file.Folder}/{file.Name}' {problem}; it is moved to '{file.Name}.bad' and not published.");
        if (Libc.Rename(path, path + ".bad") != 0 && Marshal.GetLastPInvokeError() != Libc.ErrorNoEntry)
        {
            throw Descriptor.Failure($"rename '{path}'");
        }
    }

    private string PathOf(IpcFile file) => $"{options.IpcRoot}/{file.Folder}/{file.Name}";
}
