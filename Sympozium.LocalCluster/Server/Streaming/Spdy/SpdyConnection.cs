using System.Buffers.Binary;
using System.Text;

namespace Sympozium.LocalCluster.Server.Streaming.Spdy;

/// <summary>The server's side of a SPDY/3.1 connection: the peer opens streams, nobody pushes, no windows are kept (as Kubernetes' own does not).</summary>
internal sealed class SpdyConnection(Stream transport) : IDisposable
{
    private const int MaxStreams = 1000;
    private const int MaxDataBytes = 32 << 10;

    private readonly SemaphoreSlim _sending = new(1);
    private readonly Inflater _inflater = new(SpdyDictionary.Bytes);
    private readonly Dictionary<int, SpdyStream> _streams = [];
    private bool _repliedBefore;

    /// <summary>Reads until the peer is gone.</summary>
    /// <param name="opened">Called for each stream that the peer opens; must not wait for what it sends.</param>
    /// <param name="cancellationToken">Ends the connection.</param>
    /// <exception cref="InvalidDataException">The peer does not speak SPDY/3.1.</exception>
    public async Task RunAsync(Action<SpdyStream> opened, CancellationToken cancellationToken)
    {
        byte[] header = new byte[SpdyFrame.HeaderBytes];
        try
        {
            while (await transport.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken) == header.Length)
            {
                byte[] body = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)) & SpdyFrame.MaxLength];
                await transport.ReadExactlyAsync(body, cancellationToken);
                byte flags = header[4];
                bool isControl = (header[0] & 0x80) != 0;
                if (isControl)
                {
                    await ControlAsync(header, flags, body, opened, cancellationToken);
                }
                else if (_streams.TryGetValue(BinaryPrimitives.ReadInt32BigEndian(header), out SpdyStream? stream))
                {
                    await stream.TakeAsync(body, (flags & SpdyFrame.FlagFin) != 0, cancellationToken);
                }
            }
        }
        catch (EndOfStreamException)
        {
            // It went in the middle of a frame; there is nobody to complain to.
            return;
        }
        finally
        {
            foreach (SpdyStream stream in _streams.Values)
            {
                stream.End();
            }
        }
    }

    /// <summary>Forgets a stream that is over on both sides.</summary>
    public void Forget(int id)
    {
        lock (_streams)
        {
            _streams.Remove(id);
        }
    }

    public async Task SendDataAsync(int id, ReadOnlyMemory<byte> bytes, bool fin, CancellationToken cancellationToken)
    {
        do
        {
            ReadOnlyMemory<byte> part = bytes[..Math.Min(bytes.Length, MaxDataBytes)];
            bytes = bytes[part.Length..];
            byte[] frame = new byte[SpdyFrame.HeaderBytes + part.Length];
            BinaryPrimitives.WriteInt32BigEndian(frame, id);
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), part.Length);
            frame[4] = fin && bytes.Length == 0 ? SpdyFrame.FlagFin : (byte)0;
            part.CopyTo(frame.AsMemory(SpdyFrame.HeaderBytes));
            await SendAsync(frame, cancellationToken);
        }
        while (bytes.Length > 0);
    }

    public void Dispose() => _sending.Dispose();

    private async Task ControlAsync(byte[] header, byte flags, byte[] body, Action<SpdyStream> opened, CancellationToken cancellationToken)
    {
        int version = BinaryPrimitives.ReadUInt16BigEndian(header) & 0x7FFF;
        if (version != SpdyFrame.Version)
        {
            throw new InvalidDataException($"the client speaks version {version} of SPDY, not {SpdyFrame.Version}");
        }

        switch (BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)))
        {
            case SpdyFrame.SynStream:
                await OpenAsync(flags, body, opened, cancellationToken);
                break;
            case SpdyFrame.RstStream when body.Length >= sizeof(int):
                if (Find(BinaryPrimitives.ReadInt32BigEndian(body)) is { } reset)
                {
                    reset.End();
                    Forget(reset.Id);
                }

                break;
            case SpdyFrame.Ping:
                await SendAsync([.. header, .. body], cancellationToken);
                break;
        }
    }

    private SpdyStream? Find(int id)
    {
        lock (_streams)
        {
            return _streams.GetValueOrDefault(id);
        }
    }

    private async Task OpenAsync(byte flags, byte[] body, Action<SpdyStream> opened, CancellationToken cancellationToken)
    {
        const int FixedBytes = 10;
        if (body.Length < FixedBytes)
        {
            throw new InvalidDataException("a stream is opened by a frame that is cut off");
        }

        int id = BinaryPrimitives.ReadInt32BigEndian(body) & int.MaxValue;
        IReadOnlyDictionary<string, string> headers = ReadHeaders(_inflater.Inflate(body.AsSpan(FixedBytes)));
        var stream = new SpdyStream(this, id, headers);
        bool accepted;
        lock (_streams)
        {
            accepted = _streams.Count < MaxStreams && _streams.TryAdd(id, stream);
        }

        if (!accepted)
        {
            byte[] reset = Control(SpdyFrame.RstStream, 2 * sizeof(int));
            BinaryPrimitives.WriteInt32BigEndian(reset.AsSpan(SpdyFrame.HeaderBytes), id);
            BinaryPrimitives.WriteInt32BigEndian(reset.AsSpan(SpdyFrame.HeaderBytes + sizeof(int)), SpdyFrame.RefusedStream);
            await SendAsync(reset, cancellationToken);
            return;
        }

        await SendAsync(Reply(id), cancellationToken);
        if ((flags & SpdyFrame.FlagFin) != 0)
        {
            stream.End();
        }

        opened(stream);
    }

    /// <summary>
    /// An answer without headers. What it says, four zero bytes, is sent as a stored block and an empty one, at which readers hand over what they have; the
    /// compression of the whole connection began with the first answer, whose zlib header names no dictionary.
    /// </summary>
    private byte[] Reply(int id)
    {
        ReadOnlySpan<byte> start = _repliedBefore ? [] : [0x78, 0x01];
        ReadOnlySpan<byte> block = [0, 4, 0, 0xFB, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];
        _repliedBefore = true;
        byte[] reply = Control(SpdyFrame.SynReply, sizeof(int) + start.Length + block.Length);
        BinaryPrimitives.WriteInt32BigEndian(reply.AsSpan(SpdyFrame.HeaderBytes), id);
        start.CopyTo(reply.AsSpan(SpdyFrame.HeaderBytes + sizeof(int)));
        block.CopyTo(reply.AsSpan(SpdyFrame.HeaderBytes + sizeof(int) + start.Length));
        return reply;
    }

    private static byte[] Control(ushort type, int length)
    {
        byte[] frame = new byte[SpdyFrame.HeaderBytes + length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, 0x8000 | SpdyFrame.Version);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), type);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), length);
        return frame;
    }

    private static Dictionary<string, string> ReadHeaders(ReadOnlySpan<byte> block)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        int count = TakeNumber(ref block);
        for (int i = 0; i < count; i++)
        {
            string name = TakeText(ref block);
            headers[name] = TakeText(ref block);
        }

        return headers;
    }

    private static int TakeNumber(ref ReadOnlySpan<byte> block)
    {
        int number = block.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32BigEndian(block) : -1;
        if (number < 0)
        {
            throw new InvalidDataException("a header block is cut off");
        }

        block = block[sizeof(int)..];
        return number;
    }

    private static string TakeText(ref ReadOnlySpan<byte> block)
    {
        int length = TakeNumber(ref block);
        if (length > block.Length)
        {
            throw new InvalidDataException("a header block is cut off");
        }

        string text = Encoding.UTF8.GetString(block[..length]);
        block = block[length..];
        return text;
    }

    private async Task SendAsync(byte[] frame, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await transport.WriteAsync(frame, cancellationToken);
            await transport.FlushAsync(cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }
}
