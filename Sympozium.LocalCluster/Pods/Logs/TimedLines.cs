using System.Text;

namespace Sympozium.LocalCluster.Pods.Logs;

/// <summary>Puts its time before each line of a log.</summary>
internal sealed class TimedLines(Stream log, long position, Func<LogTimes> times, bool isFollowed) : LogStream(log)
{
    private const int BlockBytes = 16 << 10;

    private readonly byte[] _block = new byte[BlockBytes];
    private readonly MemoryStream _line = new();
    private readonly MemoryStream _ready = new();
    private LogTimes? _times;
    private long _position = position;
    private bool _isOver;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_ready.Position == _ready.Length && !_isOver)
        {
            _ready.SetLength(0);
            int count = await Log.ReadAsync(_block, cancellationToken);

            // A log that grows has got new times too.
            _times = isFollowed || _times is null ? times() : _times;
            Take(_block.AsSpan(0, count));
            _isOver = count == 0;
            _ready.Position = 0;
        }

        return _ready.Read(buffer.Span);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _line.Dispose();
            _ready.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Completes lines; at the end of the log the last one is complete without a newline.</summary>
    private void Take(ReadOnlySpan<byte> bytes)
    {
        bool isEnd = bytes.IsEmpty;
        while (!bytes.IsEmpty)
        {
            int newline = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> part = newline < 0 ? bytes : bytes[..(newline + 1)];
            _line.Write(part);
            _position += part.Length;
            bytes = bytes[part.Length..];
            if (newline >= 0)
            {
                Complete();
            }
        }

        if (isEnd && _line.Length > 0)
        {
            Complete();
        }
    }

    private void Complete()
    {
        _ready.Write(Encoding.ASCII.GetBytes(LogTimes.Format(_times!.At(_position)) + " "));
        _line.WriteTo(_ready);
        _line.SetLength(0);
    }
}
