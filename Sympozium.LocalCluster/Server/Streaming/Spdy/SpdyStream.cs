using System.Threading.Channels;

namespace Sympozium.LocalCluster.Server.Streaming.Spdy;

/// <summary>One stream of a connection: what the peer sends is read here, what is sent goes out as frames.</summary>
internal sealed class SpdyStream(SpdyConnection connection, int id, IReadOnlyDictionary<string, string> headers)
{
    /// <summary>Frames that may wait to be read; beyond it the whole connection waits, since this protocol's users know no windows.</summary>
    private const int MaxWaitingFrames = 64;

    private readonly Channel<ReadOnlyMemory<byte>> _received = Channel.CreateBounded<ReadOnlyMemory<byte>>(MaxWaitingFrames);

    public int Id { get; } = id;

    /// <summary>The headers that it was opened with.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; } = headers;

    /// <summary>What the peer sends, until it ends its side.</summary>
    public ChannelReader<ReadOnlyMemory<byte>> Received => _received.Reader;

    /// <summary>Sends bytes; <paramref name="fin"/> ends our side.</summary>
    public Task SendAsync(ReadOnlyMemory<byte> bytes, bool fin, CancellationToken cancellationToken) => connection.SendDataAsync(Id, bytes, fin, cancellationToken);

    internal async ValueTask TakeAsync(ReadOnlyMemory<byte> bytes, bool fin, CancellationToken cancellationToken)
    {
        if (bytes.Length > 0 && await _received.Writer.WaitToWriteAsync(cancellationToken))
        {
            await _received.Writer.WriteAsync(bytes, cancellationToken);
        }

        if (fin)
        {
            _received.Writer.TryComplete();
        }
    }

    internal void End() => _received.Writer.TryComplete();
}
