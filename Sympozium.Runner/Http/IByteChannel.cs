namespace Sympozium.Runner.Http;

/// <summary>A connected byte stream. Reads block until something is there, the process must stop, or the time is over.</summary>
internal interface IByteChannel : IDisposable
{
    /// <summary>Reads at least one byte; 0 is the end of the stream.</summary>
    /// <exception cref="TransportException">The connection broke, or nothing came in time.</exception>
    int Read(Span<byte> buffer);

    /// <summary>Whether a read would return at once; false when that cannot be known.</summary>
    bool HasInput { get; }

    /// <summary>Writes everything.</summary>
    /// <exception cref="TransportException">The connection broke.</exception>
    void Write(ReadOnlySpan<byte> content);
}

/// <summary>A connection could not be made, or broke. The same request may succeed later.</summary>
internal sealed class TransportException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>What came is not HTTP as expected here.</summary>
internal sealed class ProtocolException(string message, Exception? inner = null) : IOException(message, inner);
