using System.Globalization;
using System.Text;
using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Json;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Agent;

/// <summary>
/// Writes the live pieces of a run to <c>output/stream-NNNNNNNN.json</c>. Pieces are collected until <see cref="Flush"/>, which the reader
/// of the model's stream calls whenever it has used up what had come: a slow model makes a file per piece at once, and what a fast
/// model sends while a file is being written goes into the next file together.
/// </summary>
internal sealed class StreamWriter
{
    private const int MaxResultLength = 2000;
    private readonly Lock _lock = new();
    private readonly string _directory;
    private readonly JsonText _pending = new();
    private readonly StringBuilder _text = new();
    private string? _textType;
    private long _index;
    private int _file;
    private bool _failed;

    public StreamWriter(AgentOptions options)
    {
        _directory = $"{options.IpcRoot}/{IpcPaths.Output}";
        Resume();
    }

    /// <summary>Whether an earlier process of this run wrote pieces already.</summary>
    public bool WasResumed { get; private set; }

    /// <summary>Adds a piece of the answer or of the reasoning.</summary>
    public void Text(string type, string content)
    {
        lock (_lock)
        {
            if (_textType != type)
            {
                CloseText_NeedsLock();
                _textType = type;
            }

            _text.Append(content);
        }
    }

    /// <summary>Adds a tool call; arguments that are not JSON are written as a string.</summary>
    public void ToolCall(ToolCall call)
    {
        lock (_lock)
        {
            Open_NeedsLock(StreamChunkType.ToolCall);
            _pending.Raw(",\"toolCallId\":"u8).String(call.Id).Raw(",\"tool\":"u8).String(call.Name).Raw(",\"arguments\":"u8);
            byte[] arguments = Encoding.UTF8.GetBytes(call.Arguments);
            if (JsonCursor.Check(arguments) != JsonKind.None)
            {
                _pending.Raw(arguments);
            }
            else
            {
                _pending.String(call.Arguments);
            }

            _pending.Raw("}"u8);
        }
    }

    /// <summary>Adds the end of a tool call.</summary>
    public void ToolResult(ToolCall call, string content, bool isError)
    {
        lock (_lock)
        {
            Open_NeedsLock(StreamChunkType.ToolResult);
            _pending.Raw(",\"content\":"u8).String(Cut(content)).Raw(",\"toolCallId\":"u8).String(call.Id).Raw(",\"tool\":"u8).String(call.Name);
            _pending.Raw(isError ? ",\"isError\":true}"u8 : ",\"isError\":false}"u8);
        }
    }

    /// <summary>Says that the text of this round is void.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            Open_NeedsLock(StreamChunkType.Reset);
            _pending.Raw("}"u8);
        }

        Flush();
    }

    /// <summary>Writes what was collected into one file.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            CloseText_NeedsLock();
            if (_pending.Length == 0)
            {
                return;
            }

            _pending.Raw("]"u8);
            try
            {
                string number = (++_file).ToString("D8", CultureInfo.InvariantCulture);
                PosixFile.WriteAtomic(_directory, $"{IpcPaths.StreamPrefix}{number}.json", _pending.Written);
            }
            catch (IOException e)
            {
                // The stream is for watching: a full volume must not end the run.
                if (!_failed)
                {
                    RunnerLog.Error($"The live stream cannot be written and has gaps from here on: {e.Message}");
                }

                _failed = true;
            }
            finally
            {
                _pending.Clear();
            }
        }
    }

    private static string Cut(string content)
    {
        if (content.Length <= MaxResultLength)
        {
            return content;
        }

        int end = char.IsHighSurrogate(content[MaxResultLength - 1]) ? MaxResultLength - 1 : MaxResultLength;
        return content[..end];
    }

    private void Open_NeedsLock(string type)
    {
        CloseText_NeedsLock();
        _pending.Raw(_pending.Length == 0 ? "["u8 : ","u8);
        _pending.Raw("{\"type\":"u8).String(type).Raw(",\"index\":"u8).Number(_index++);
    }

    private void CloseText_NeedsLock()
    {
        if (_text.Length == 0 || _textType is null)
        {
            return;
        }

        string content = _text.ToString();
        string type = _textType;
        _text.Clear();
        _textType = null;
        Open_NeedsLock(type);
        _pending.Raw(",\"content\":"u8).String(content).Raw("}"u8);
    }

    // The bridge leaves the newest stream file in place, so a restarted agent can go on counting from it.
    private void Resume()
    {
        if (!Directory.Exists(_directory))
        {
            return;
        }

        string? newest = null;
        foreach (string path in Directory.EnumerateFiles(_directory, IpcPaths.StreamPrefix + "*.json"))
        {
            newest = newest is null || string.CompareOrdinal(path, newest) > 0 ? path : newest;
        }

        if (newest is null)
        {
            return;
        }

        int dash = newest.LastIndexOf('-');
        _ = int.TryParse(newest.AsSpan(dash + 1, newest.Length - dash - 6), NumberStyles.None, CultureInfo.InvariantCulture, out _file);
        _index = LastIndex(PosixFile.ReadAll(newest, int.MaxValue)) + 1;
        WasResumed = true;
    }

    private static long LastIndex(byte[]? file)
    {
        long last = -1;
        if (file is null || JsonCursor.Check(file) != JsonKind.Array)
        {
            return last;
        }

        var cursor = new JsonCursor(file);
        cursor.Enter(JsonKind.Array);
        while (cursor.NextItem())
        {
            cursor.Enter(JsonKind.Object);
            while (cursor.NextProperty(out ReadOnlySpan<byte> name))
            {
                if (name.SequenceEqual("index"u8))
                {
                    last = cursor.Integer();
                }
                else
                {
                    cursor.Skip();
                }
            }
        }

        return last;
    }
}
