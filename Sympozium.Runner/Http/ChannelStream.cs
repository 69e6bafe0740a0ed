namespace Sympozium.Runner.Http;

/// <summary>A channel as a stream: what SslStream stands on.</summary>
internal sealed class ChannelStream(IByteChannel channel) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => channel.Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => channel.Read(buffer);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => channel.Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer) => channel.Write(buffer);

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is held back.
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            channel.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>A stream as a channel: what comes out of SslStream.</summary>
internal sealed class StreamChannel(Stream stream) : IByteChannel
{
    /// <inheritdoc/>
    public bool HasInput => false;

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        try
        {
            return stream.Read(buffer);
        }
        catch (IOException e) when (e is not TransportException)
        {
            throw new TransportException($"The connection broke while reading ({e.Message}).", e);
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> content)
    {
        try
        {
            stream.Write(content);
        }
        catch (IOException e) when (e is not TransportException)
        {
            throw new TransportException($"The connection broke while writing ({e.Message}).", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();
}
