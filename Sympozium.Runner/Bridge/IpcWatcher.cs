using System.Buffers.Binary;
using System.Text;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Bridge;

/// <summary>A file on the shared volume that is complete: its writer closed it or renamed it into place.</summary>
/// <param name="Folder">Its directory below the root; empty for the root itself.</param>
/// <param name="Name">Its name.</param>
internal sealed record IpcFile(string Folder, string Name);

/// <summary>Watches directories of the shared volume by one inotify descriptor, so that the order of files is the order of their writing.</summary>
internal sealed class IpcWatcher : IDisposable
{
    private const int InotifyFlags = 0x80800; // close-on-exec, non-blocking
    private const uint Mask = 0x8 | 0x80; // closed after writing, moved here
    private const uint Overflow = 0x4000;
    private const int HeadBytes = 16;
    private readonly Descriptor _inotify = Descriptor.Take(Libc.InotifyInit(InotifyFlags), "inotify");
    private readonly Dictionary<int, string> _folders = [];
    private readonly byte[] _buffer = new byte[16 * 1024];

    /// <summary>Readable when something happened.</summary>
    public int Number => _inotify.Number;

    /// <summary>Watches a directory.</summary>
    public void Add(string root, string folder)
    {
        int watch = Libc.InotifyAddWatch(_inotify.Number, folder.Length == 0 ? root : $"{root}/{folder}", Mask);
        if (watch < 0)
        {
            throw Descriptor.Failure($"watch '{root}/{folder}'");
        }

        _folders[watch] = folder;
    }

    /// <summary>Reads what happened since, without waiting. False when events were lost and the directories must be scanned.</summary>
    public bool Read(Action<IpcFile> onFile)
    {
        bool isComplete = true;
        int count;
        while ((count = _inotify.Read(_buffer)) > 0)
        {
            ReadOnlySpan<byte> rest = _buffer.AsSpan(0, count);
            while (rest.Length >= HeadBytes)
            {
                int watch = BinaryPrimitives.ReadInt32LittleEndian(rest);
                uint mask = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
                int length = BinaryPrimitives.ReadInt32LittleEndian(rest[12..]);
                isComplete &= (mask & Overflow) == 0;
                if ((mask & Mask) != 0 && _folders.TryGetValue(watch, out string? folder))
                {
                    ReadOnlySpan<byte> padded = rest.Slice(HeadBytes, length);
                    int end = padded.IndexOf((byte)0);
                    onFile(new IpcFile(folder, Encoding.UTF8.GetString(end < 0 ? padded : padded[..end])));
                }

                rest = rest[(HeadBytes + length)..];
            }
        }

        return isComplete;
    }

    /// <inheritdoc/>
    public void Dispose() => _inotify.Dispose();
}
