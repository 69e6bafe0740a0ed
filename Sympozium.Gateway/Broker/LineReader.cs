using System.Buffers;
using Sympozium.Abstractions.Runs;
using Sympozium.Gateway.OpenAi;

namespace Sympozium.Gateway.Broker;

/// <summary>Reads a provider's answer line by line, handing out what has arrived before it waits for more.</summary>
internal sealed class LineReader(Stream stream, int maxLineBytes) : IDisposable
{
    private const int InitialSize = 16 * 1024;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialSize);
    private int _start;
    private int _searched;
    private int _end;

    /// <summary>Bytes that are not handed out yet.</summary>
    public ReadOnlyMemory<byte> Rest => _buffer.AsMemory(_start, _end - _start);

    /// <summary>Waits for more bytes; false at the end of the answer.</summary>
    /// <exception cref="ApiException">A line is longer than allowed.</exception>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }

    /// <summary>The next whole line with its end of line; valid until the next <see cref="FillAsync"/>.</summary>
    public bool TryReadLine(out ReadOnlyMemory<byte> line)
    {
        int index = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
        if (index < 0)
        {
            _searched = _end;
            line = default;
            return false;
        }

        int next = _searched + index + 1;
        line = _buffer.AsMemory(_start, next - _start);
        _start = _searched = next;
        return true;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _searched -= _start;
            _start = 0;
        }

        if (_end < _buffer.Length)
        {
            return;
        }

        if (_buffer.Length >= maxLineBytes)
        {
            throw new ApiException(502, ErrorTypes.Server, RunFailureReasons.ModelError, $"The provider sent more than {maxLineBytes} bytes in one piece.") { ShouldRetry = false };
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
