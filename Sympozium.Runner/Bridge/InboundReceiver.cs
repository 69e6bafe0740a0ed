using System.Text;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Http;
using Sympozium.Runner.Json;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Nats;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Bridge;

/// <summary>
/// Receives what is meant for the run (results of child runs, further messages of the user) and writes it to the shared volume. It has
/// its own thread and connection, started only when needed, and comes back after every break until the process stops.
/// </summary>
internal sealed class InboundReceiver(BridgeOptions options, ProcessLifetime lifetime)
{
    private const int MaxErrorBytes = 4096;
    private readonly object _gate = new();
    private bool _subscribed; // guarded by _gate
    private readonly Dialer _dialer = new(lifetime, options.ConnectLimit, options.InboundIdleLimit);
    private readonly byte[] _portion = new byte[16 * 1024];
    private byte[] _line = new byte[4096];
    private int _lineLength;
    private bool _started;

    /// <summary>Whether it runs.</summary>
    public bool IsStarted => _started;

    /// <summary>Starts it once.</summary>
    public void Start()
    {
        if (!_started)
        {
            _started = true;
            new Thread(Run) { IsBackground = true, Name = "inbound" }.Start();
        }
    }

    /// <summary>Waits until it is subscribed, at most for a time: an answer must not come before there is somebody to hear it.</summary>
    public bool WaitUntilSubscribed(TimeSpan limit)
    {
        lock (_gate)
        {
            return _subscribed || (Monitor.Wait(_gate, limit) && _subscribed);
        }
    }

    /// <summary>Takes bytes of the stream in any portions.</summary>
    public void Push(ReadOnlySpan<byte> bytes)
    {
        foreach (byte current in bytes)
        {
            if (current == '\n')
            {
                TakeLine(_line.AsSpan(0, _lineLength));
                _lineLength = 0;
                continue;
            }

            if (_lineLength == _line.Length)
            {
                if (_lineLength >= options.MaxFileBytes)
                {
                    throw new ProtocolException($"An inbound event is longer than {options.MaxFileBytes} bytes.");
                }

                Array.Resize(ref _line, _line.Length * 2);
            }

            _line[_lineLength++] = current;
        }
    }

    private void SetSubscribed(bool value)
    {
        lock (_gate)
        {
            _subscribed = value;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        int failures = 0;
        try
        {
            while (true)
            {
                try
                {
                    if (options.Nats is { } nats)
                    {
                        ReceiveFromNats(nats, ref failures);
                    }
                    else
                    {
                        ReceiveFromGateway(options.Gateway!, ref failures);
                    }
                }
                catch (Exception e) when (e is TransportException or ProtocolException or NatsErrorException)
                {
                    SetSubscribed(false);
                    RunnerLog.Info($"inbound: {e.Message}");
                }

                failures++;
                lifetime.Wait(options.Backoff(failures));
            }
        }
        catch (StoppedException)
        {
            RunnerLog.Info("inbound: ended.");
        }
    }

    /// <summary>What is published while the connection is away is not repeated for it; who sends a follow-up learns from the run whether it arrived.</summary>
    private void ReceiveFromNats(NatsServers nats, ref int failures)
    {
        using NatsConnection connection = NatsConnection.Open(_dialer, nats);
        int id = 0;
        foreach (string topic in Topics.ToPods)
        {
            // With the uid and without: not everybody who writes to a run knows it.
            connection.Subscribe(BusSubjects.For(topic, nats.Run, nats.RunUid), ++id);
            connection.Subscribe(BusSubjects.For(topic, nats.Run, null), ++id);
        }

        connection.Confirm();
        failures = 0;
        SetSubscribed(true);
        while (true)
        {
            if (connection.Read() is { } message)
            {
                TakeLine(message.Payload);
            }
        }
    }

    private void ReceiveFromGateway(HttpTarget gateway, ref int failures)
    {
        using var connection = new HttpConnection(_dialer.Connect(gateway));
        string authorization = options.Token is null ? "" : $"Authorization: Bearer {options.Token}\r\n";
        connection.Send(
            $"GET {gateway.PathPrefix}/bus/v1/events HTTP/1.1\r\nHost: {gateway.HostHeader}\r\nAccept: application/x-ndjson\r\n{authorization}", []);
        HttpResponse response = connection.ReadHead();
        if (response.Status != 200)
        {
            string message = Encoding.UTF8.GetString(connection.ReadAll(MaxErrorBytes));
            throw new ProtocolException($"The gateway answered with status {response.Status}: {message}");
        }

        failures = 0;
        _lineLength = 0;
        SetSubscribed(true);
        int count;
        while ((count = connection.ReadBody(_portion)) > 0)
        {
            Push(_portion.AsSpan(0, count));
        }

        SetSubscribed(false);
    }

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        if (line.Trim(" \r"u8).IsEmpty)
        {
            return;
        }

        if (JsonCursor.Check(line) != JsonKind.Object)
        {
            RunnerLog.Error("inbound: a line is not a JSON object; it is dropped.");
            return;
        }

        string? topic = null;
        string? id = null;
        byte[]? data = null;
        var cursor = new JsonCursor(line);
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("topic"u8))
            {
                topic = cursor.String();
            }
            else if (name.SequenceEqual("id"u8))
            {
                id = cursor.String();
            }
            else if (name.SequenceEqual("data"u8) && cursor.Peek() == JsonKind.Object)
            {
                data = cursor.Skip().ToArray();
            }
            else
            {
                cursor.Skip();
            }
        }

        Deliver(topic, id, data);
    }

    private void Deliver(string? topic, string? eventId, byte[]? data)
    {
        (string folder, string prefix) = topic switch
        {
            Topics.DelegateResult => (IpcPaths.Spawn, "result-"),
            Topics.FollowUp => (IpcPaths.Input, "followup-"),
            _ => ("", ""),
        };
        if (folder.Length == 0 || data is null)
        {
            RunnerLog.Error($"inbound: an event of topic '{topic}' is not for this pod or has no data; it is dropped.");
            return;
        }

        string? id = RequestId(data) ?? (topic == Topics.FollowUp ? eventId : null);
        if (!IpcPaths.IsSafeId(id))
        {
            RunnerLog.Error($"inbound: an event of topic '{topic}' has no id that may be a file name; it is dropped.");
            return;
        }

        try
        {
            PosixFile.WriteAtomic($"{options.IpcRoot}/{folder}", $"{prefix}{id}.json", data);
        }
        catch (IOException e)
        {
            RunnerLog.Error($"inbound: '{folder}/{prefix}{id}.json' cannot be written: {e.Message}");
        }
    }

    private static string? RequestId(byte[] data)
    {
        var cursor = new JsonCursor(data);
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("requestId"u8))
            {
                return cursor.String();
            }

            cursor.Skip();
        }

        return null;
    }
}
