using System.Globalization;
using System.Text;
using Sympozium.Runner.Http;
using Sympozium.Runner.Json;

namespace Sympozium.Runner.Nats;

/// <summary>
/// The client's half of the NATS protocol (https://docs.nats.io/reference/reference-protocols/nats-protocol), as much of it as a bridge needs:
/// one thread, blocking calls. NATS' own library does much more, with tasks, timers and pools that a process of a second would pay for.
/// </summary>
internal sealed class NatsConnection : IDisposable
{
    private const int MaxLineBytes = 64 * 1024;
    private const int MaxMessageBytes = 64 * 1024 * 1024;

    private readonly IByteChannel _channel;
    private readonly JsonText _out = new(4096);
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    private NatsConnection(IByteChannel channel) => _channel = channel;

    /// <summary>Longest message that the server takes, headers included.</summary>
    public int MaxPayload { get; private set; } = 1024 * 1024;

    /// <summary>Connects to the first server that answers and shows the run's token.</summary>
    /// <exception cref="TransportException">No server answers.</exception>
    /// <exception cref="ProtocolException">The server refuses the token, or speaks another protocol.</exception>
    public static NatsConnection Open(Dialer dialer, NatsServers servers)
    {
        TransportException? last = null;
        foreach (HttpTarget server in servers.Servers)
        {
            try
            {
                return Open(dialer, server, servers);
            }
            catch (TransportException e)
            {
                last = e;
            }
        }

        throw last ?? new TransportException("No NATS server is named.");
    }

    /// <summary>Asks for the messages of a subject; sent with the next <see cref="Flush"/>.</summary>
    public void Subscribe(string subject, int id) => Line($"SUB {subject} {id.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>Publishes; sent with the next <see cref="Flush"/>.</summary>
    /// <param name="subject">Where.</param>
    /// <param name="reply">Where the answer goes.</param>
    /// <param name="headers">Lines, each ended by CR LF; empty for none.</param>
    /// <param name="payload">What.</param>
    public void Publish(string subject, string reply, string headers, ReadOnlySpan<byte> payload)
    {
        string head = $"NATS/1.0\r\n{headers}\r\n";
        int headBytes = Encoding.UTF8.GetByteCount(head);
        Line(string.Create(CultureInfo.InvariantCulture, $"HPUB {subject} {reply} {headBytes} {headBytes + payload.Length}"));
        _out.Raw(Encoding.UTF8.GetBytes(head)).Raw(payload).Raw("\r\n"u8);
    }

    /// <summary>Sends what was said since the last time.</summary>
    /// <exception cref="TransportException">The connection broke.</exception>
    public void Flush()
    {
        _channel.Write(_out.Written);
        _out.Clear();
    }

    /// <summary>Waits until the server has taken everything that was said before.</summary>
    public void Confirm()
    {
        Line("PING");
        Flush();
        while (Read() is not null)
        {
            // A message that came in between is for nobody yet.
        }
    }

    /// <summary>The next message; null when the server answered a <see cref="Confirm"/>. The server's own questions are answered on the way.</summary>
    /// <exception cref="TransportException">The connection ended, or nothing came in time.</exception>
    /// <exception cref="NatsErrorException">The server refuses something.</exception>
    public NatsMessage? Read()
    {
        while (true)
        {
            string line = ReadLine();
            if (line.StartsWith("MSG ", StringComparison.Ordinal))
            {
                return ReadMessage(line.Split(' '), hasHeaders: false);
            }

            if (line.StartsWith("HMSG ", StringComparison.Ordinal))
            {
                return ReadMessage(line.Split(' '), hasHeaders: true);
            }

            if (line == "PONG")
            {
                return null;
            }

            if (line == "PING")
            {
                Line("PONG");
                Flush();
            }
            else if (line.StartsWith("-ERR", StringComparison.Ordinal))
            {
                throw new NatsErrorException(line[4..].Trim().Trim('\''));
            }
            else if (line.StartsWith("INFO ", StringComparison.Ordinal))
            {
                TakeInfo(line);
            }
            else if (line != "+OK")
            {
                throw new ProtocolException($"The NATS server said '{line[..Math.Min(line.Length, 40)]}', which no server says.");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    private static NatsConnection Open(Dialer dialer, HttpTarget server, NatsServers servers)
    {
        IByteChannel channel = dialer.Connect(server with { IsTls = false });
        try
        {
            var connection = new NatsConnection(channel);
            string info = connection.ReadLine();
            if (!info.StartsWith("INFO ", StringComparison.Ordinal))
            {
                throw new ProtocolException($"At {server.HostHeader} no NATS server answers.");
            }

            bool tls = connection.TakeInfo(info) || server.IsTls;
            if (tls)
            {
                // The server speaks plainly until it has said that it wants TLS.
                channel = Dialer.Secure(channel, server, servers.AuthorityFile);
                connection = new NatsConnection(channel) { MaxPayload = connection.MaxPayload };
            }

            var connect = new JsonText(2048);
            connect.Raw("CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false,\"headers\":true,\"no_responders\":true,\"protocol\":1,\"lang\":\"dotnet\",\"version\":\"1\",\"tls_required\":"u8);
            connect.Raw(tls ? "true"u8 : "false"u8).Raw(",\"name\":"u8).String($"sympozium {servers.Run}").Raw(",\"jwt\":"u8).String(servers.ReadToken()).Raw("}\r\n"u8);
            connection._out.Raw(connect.Written);
            connection.Confirm();
            return connection;
        }
        catch (Exception)
        {
            channel.Dispose();
            throw;
        }
    }

    private void Line(string text) => _out.Raw(Encoding.UTF8.GetBytes(text)).Raw("\r\n"u8);

    /// <summary>Takes what the server says about itself; whether it demands TLS.</summary>
    private bool TakeInfo(string line)
    {
        byte[] info = Encoding.UTF8.GetBytes(line[5..]);
        bool tls = false;
        if (JsonCursor.Check(info) != JsonKind.Object)
        {
            throw new ProtocolException("What the NATS server says about itself is not JSON.");
        }

        var cursor = new JsonCursor(info);
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> name))
        {
            ReadOnlySpan<byte> value = cursor.Skip();
            if (name.SequenceEqual("max_payload"u8) && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int most))
            {
                MaxPayload = most;
            }
            else if (name.SequenceEqual("tls_required"u8))
            {
                tls = value.SequenceEqual("true"u8);
            }
        }

        return tls;
    }

    private NatsMessage ReadMessage(string[] words, bool hasHeaders)
    {
        int headers = hasHeaders ? Size(words[^2]) : 0;
        int total = Size(words[^1]);
        byte[] content = ReadBytes(total);
        _ = ReadBytes(2);
        int status = headers > 12 && int.TryParse(content.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int code) ? code : 0;
        return new NatsMessage(words[1], status, content[headers..]);
    }

    private static int Size(string word) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size <= MaxMessageBytes
        ? size
        : throw new ProtocolException($"The NATS server announced a message of '{word}' bytes.");

    private string ReadLine()
    {
        int searched = 0;
        while (true)
        {
            int length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf("\r\n"u8);
            if (length >= 0)
            {
                string line = Encoding.UTF8.GetString(_buffer, _start, searched + length);
                _start += searched + length + 2;
                return line;
            }

            searched = Math.Max(_end - _start - 1, 0);
            if (searched >= MaxLineBytes)
            {
                throw new ProtocolException($"The NATS server sent a line of more than {MaxLineBytes} bytes.");
            }

            Fill();
        }
    }

    private byte[] ReadBytes(int count)
    {
        byte[] bytes = new byte[count];
        int taken = 0;
        while (taken < count)
        {
            if (_start == _end)
            {
                Fill();
            }

            int part = Math.Min(count - taken, _end - _start);
            _buffer.AsSpan(_start, part).CopyTo(bytes.AsSpan(taken));
            _start += part;
            taken += part;
        }

        return bytes;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int count = _channel.Read(_buffer.AsSpan(_end));
        if (count == 0)
        {
            throw new TransportException("The NATS server closed the connection.");
        }

        _end += count;
    }
}

/// <summary>The server said <c>-ERR</c>. After a permission violation the connection goes on, after everything else the server closes it.</summary>
internal sealed class NatsErrorException(string error) : IOException($"NATS: {error}")
{
    /// <summary>Whether it is about a subject that the run has no right to.</summary>
    public bool IsDenied { get; } = error.StartsWith("Permissions Violation", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is about this subject.</summary>
    public bool IsAbout(string subject) => error.Contains($"\"{subject}\"", StringComparison.Ordinal);
}
