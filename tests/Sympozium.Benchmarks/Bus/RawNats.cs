using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sympozium.Benchmarks.Bus;

/// <summary>
/// What a socket and the server allow: the client protocol of NATS (https://docs.nats.io/reference/reference-protocols/nats-protocol) with prepared
/// bytes and without any of what makes a client: no parsing of contents, no reconnect, no timeouts, no cancellation.
/// </summary>
internal sealed class RawNats : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly TcpClient _tcp = new() { NoDelay = true };
    private readonly byte[] _buffer = new byte[BufferBytes];
    private NetworkStream _stream = null!;
    private int _from;
    private int _to;

    private RawNats()
    {
    }

    public static async Task<RawNats> ConnectAsync(int port)
    {
        RawNats raw = new();
        await raw._tcp.ConnectAsync(IPAddress.Loopback, port);
        raw._stream = raw._tcp.GetStream();
        await raw.LineAsync();
        await raw.SendAsync("CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\nSUB _INBOX.raw.> 1\r\n");
        return raw;
    }

    public void Dispose() => _tcp.Dispose();

    /// <summary>Publishes and waits for every confirmation, with at most so many under way.</summary>
    public async Task PublishAsync(IReadOnlyList<byte[]> messages, int underWay)
    {
        using SemaphoreSlim room = new(underWay);
        Task confirmed = Task.Run(async () =>
        {
            for (int i = 0; i < messages.Count; i++)
            {
                await SkipMessageAsync();
                room.Release();
            }
        });
        using MemoryStream batch = new();
        foreach (byte[] message in messages)
        {
            // What fits goes out together, as any client does it.
            if (batch.Length > 0 && (room.CurrentCount == 0 || batch.Length > BufferBytes / 2))
            {
                await FlushAsync(batch);
            }

            await room.WaitAsync();
            batch.Write(message);
        }

        await FlushAsync(batch);
        await confirmed;
    }

    /// <summary>Makes a pull consumer, reads so many messages and acknowledges each.</summary>
    public async Task ConsumeAsync(string stream, string name, int count, int batch)
    {
        await RequestAsync(
            $"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{name}",
            $$$"""{"stream_name":"{{{stream}}}","config":{"durable_name":"{{{name}}}","ack_policy":"explicit","deliver_policy":"all","max_ack_pending":100000}}""");
        await SkipMessageAsync();
        using MemoryStream acknowledgements = new();
        for (int read = 0; read < count;)
        {
            int wanted = Math.Min(batch, count - read);
            await RequestAsync($"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}", $$"""{"batch":{{wanted}}}""");
            for (int i = 0; i < wanted; i++)
            {
                string reply = await SkipMessageAsync();
                acknowledgements.Write(Encoding.ASCII.GetBytes($"PUB {reply} 4\r\n+ACK\r\n"));
                read++;
            }

            await FlushAsync(acknowledgements);
        }
    }

    /// <summary>A publish that asks for a confirmation.</summary>
    public static byte[] Publish(string subject, byte[] payload) =>
        [.. Encoding.ASCII.GetBytes($"PUB {subject} _INBOX.raw.p {payload.Length}\r\n"), .. payload, .. "\r\n"u8];

    private Task RequestAsync(string subject, string body) => SendAsync($"PUB {subject} _INBOX.raw.q {Encoding.UTF8.GetByteCount(body)}\r\n{body}\r\n");

    private async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text));

    private async Task FlushAsync(MemoryStream batch)
    {
        await _stream.WriteAsync(batch.GetBuffer().AsMemory(0, (int)batch.Length));
        batch.SetLength(0);
    }

    /// <summary>Reads one message; where it is to be acknowledged.</summary>
    private async Task<string> SkipMessageAsync()
    {
        while (true)
        {
            string line = await LineAsync();
            if (line == "PING")
            {
                await SendAsync("PONG\r\n");
                continue;
            }

            if (!line.StartsWith("MSG ", StringComparison.Ordinal) && !line.StartsWith("HMSG ", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"The server says '{line}'.");
            }

            // MSG subject sid [reply] bytes
            string[] words = line.Split(' ');
            await SkipAsync(int.Parse(words[^1], CultureInfo.InvariantCulture) + 2);
            return words[3];
        }
    }

    private async Task<string> LineAsync()
    {
        while (true)
        {
            int end = _buffer.AsSpan(_from, _to - _from).IndexOf("\r\n"u8);
            if (end >= 0)
            {
                string line = Encoding.UTF8.GetString(_buffer, _from, end);
                _from += end + 2;
                return line;
            }

            await FillAsync();
        }
    }

    private async Task SkipAsync(int count)
    {
        while (_to - _from < count)
        {
            count -= _to - _from;
            _from = _to;
            await FillAsync();
        }

        _from += count;
    }

    private async Task FillAsync()
    {
        _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
        _to -= _from;
        _from = 0;
        int read = await _stream.ReadAsync(_buffer.AsMemory(_to));
        _to += read > 0 ? read : throw new InvalidOperationException("The server has closed the connection.");
    }
}
