using Microsoft.Win32.SafeHandles;

namespace Sympozium.LocalCluster.Pods.Logs;

/// <summary>One log that grows, and the list of times beside it.</summary>
internal sealed class WatchedLog(string path)
{
    /// <summary>Beyond this every second look is forgotten: a container that writes single bytes for days must not fill the disk with times.</summary>
    private const long MaxTimesBytes = 4 << 20;

    private readonly Lock _lock = new();
    private SafeFileHandle? _times;
    private long _written;
    private long _length = -1;
    private bool _isClosed;

    public string Path { get; } = path;

    /// <summary>The kernel's watch; negative when there is none. Used by the watching thread only.</summary>
    public int Watch { get; set; } = -1;

    /// <summary>Whether the kernel told of a change. Used by the watching thread only.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Notes the log's length when it has grown. Throws <see cref="IOException"/> when the list cannot be written.</summary>
    public void Look()
    {
        lock (_lock)
        {
            var log = new FileInfo(Path);
            if (_isClosed || !log.Exists)
            {
                return;
            }

            Open();
            if (log.Length < _length)
            {
                // Cut off on a file system without holes: what was noted is about lines that are gone.
                Truncate();
            }

            if (log.Length > _length && log.Length > 0)
            {
                _length = log.Length;
                Append(log.Length, log.LastWriteTimeUtc);
            }
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _times?.Dispose();
        }
    }

    private void Open()
    {
        if (_times is not null)
        {
            return;
        }

        _times = File.OpenHandle(LogTimes.PathOf(Path), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _written = RandomAccess.GetLength(_times) / LogTimes.EntryBytes * LogTimes.EntryBytes;
        if (_written > 0)
        {
            Span<byte> last = stackalloc byte[LogTimes.EntryBytes];
            RandomAccess.Read(_times, last, _written - LogTimes.EntryBytes);
            _length = BitConverter.ToInt64(last);
        }
    }

    private void Append(long length, DateTimeOffset time)
    {
        if (_written >= MaxTimesBytes)
        {
            Thin();
        }

        Span<byte> entry = stackalloc byte[LogTimes.EntryBytes];
        LogTimes.Write(entry, length, time);
        RandomAccess.Write(_times!, entry, _written);
        _written += LogTimes.EntryBytes;
    }

    private void Truncate()
    {
        RandomAccess.SetLength(_times!, 0);
        _written = 0;
        _length = 0;
    }

    private void Thin()
    {
        byte[] all = new byte[_written];
        RandomAccess.Read(_times!, all, 0);
        int kept = 0;
        for (int at = LogTimes.EntryBytes; at < all.Length; at += 2 * LogTimes.EntryBytes, kept += LogTimes.EntryBytes)
        {
            all.AsSpan(at, LogTimes.EntryBytes).CopyTo(all.AsSpan(kept));
        }

        RandomAccess.Write(_times!, all.AsSpan(0, kept), 0);
        RandomAccess.SetLength(_times!, kept);
        _written = kept;
    }
}
