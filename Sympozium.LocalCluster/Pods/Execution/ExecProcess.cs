using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using Sympozium.LocalCluster.Pods.Processes;
using Sympozium.LocalCluster.Server;

namespace Sympozium.LocalCluster.Pods.Execution;

/// <summary>
/// A command that runs in a container on somebody's behalf. Its output is read by a thread per stream, because pipes and terminals cannot be read
/// otherwise without holding a pool thread; whoever does not read holds the command up, not the memory.
/// </summary>
internal sealed class ExecProcess : IPodCommand
{
    private const int BufferBytes = 32 << 10;
    private const int MaxWaitingParts = 16;

    private readonly int _pid;
    private readonly string _marker;
    private readonly SafeFileHandle? _input;
    private readonly SafeFileHandle? _terminal;
    private readonly Task<int?> _ended;
    private readonly List<ChannelWriter<ReadOnlyMemory<byte>>> _pumps = [];
    private int _disposed;

    public ExecProcess(int pid, string marker, ExecEnds ends, Task<int?> ended)
    {
        _pid = pid;
        _marker = marker;
        _input = ends.Input;
        _terminal = ends.IsTerminal ? ends.Output : null;
        _ended = ended;
        Output = Pump(ends.Output, "exec-stdout");
        Error = Pump(ends.Error, "exec-stderr");
        Exited = ExitAsync();
    }

    /// <summary>What it writes to its standard output (or terminal); ends with it.</summary>
    public ChannelReader<ReadOnlyMemory<byte>> Output { get; }

    /// <summary>What it writes to its standard error.</summary>
    public ChannelReader<ReadOnlyMemory<byte>> Error { get; }

    /// <summary>Its exit code; 128 + n for signal n.</summary>
    public Task<int> Exited { get; }

    /// <summary>Writes to its standard input; false when it does not read any more. Blocks while it reads slowly.</summary>
    public bool Write(ReadOnlySpan<byte> bytes) => (_terminal ?? _input) is { IsClosed: false } target && Descriptors.Write(target, bytes);

    /// <summary>Nothing more comes on its standard input.</summary>
    public void CloseInput()
    {
        if (_terminal is not null)
        {
            // What a terminal understands as the end.
            const byte EndOfTransmission = 4;
            Write([EndOfTransmission]);
        }

        _input?.Dispose();
    }

    /// <summary>The terminal has another size.</summary>
    public void Resize(ushort columns, ushort rows)
    {
        if (_terminal is { IsClosed: false })
        {
            Descriptors.Resize(_terminal, columns, rows);
        }
    }

    /// <summary>Ends it and whatever it started.</summary>
    public void Kill()
    {
        if (!_ended.IsCompleted)
        {
            // It leads a process group of its own; what left the group still carries the marker.
            Native.Kill(-_pid, Native.SigKill);
            ContainerSignals.KillMarked(_marker);
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Kill();
            _input?.Dispose();

            // A pump that waits for a reader who is gone ends too.
            _pumps.ForEach(p => p.TryComplete());
        }
    }

    private async Task<int> ExitAsync()
    {
        const int SignalMask = 0x7F;
        const int SignalBase = 128;
        const int CodeShift = 8;
        int status = await _ended ?? (SignalBase + Native.SigKill) << CodeShift;
        return (status & SignalMask) != 0 ? SignalBase + (status & SignalMask) : (status >> CodeShift) & 0xFF;
    }

    private ChannelReader<ReadOnlyMemory<byte>> Pump(SafeFileHandle? source, string name)
    {
        var parts = Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(MaxWaitingParts) { SingleWriter = true });
        if (source is null)
        {
            parts.Writer.Complete();
            return parts.Reader;
        }

        _pumps.Add(parts.Writer);
        var thread = new Thread(() => Copy(source, parts.Writer)) { IsBackground = true, Name = name };
        thread.Start();
        return parts.Reader;
    }

    private static void Copy(SafeFileHandle source, ChannelWriter<ReadOnlyMemory<byte>> target)
    {
        using (source)
        {
            byte[] buffer = new byte[BufferBytes];
            int count;
            while ((count = Descriptors.Read(source, buffer)) > 0)
            {
                byte[] part = buffer.AsSpan(0, count).ToArray();
                while (!target.TryWrite(part))
                {
                    // This thread is there to wait.
                    if (!target.WaitToWriteAsync().AsTask().GetAwaiter().GetResult())
                    {
                        return;
                    }
                }
            }
        }

        target.TryComplete();
    }
}

/// <summary>Our ends of a command's streams.</summary>
internal sealed record ExecEnds(SafeFileHandle? Input, SafeFileHandle? Output, SafeFileHandle? Error, bool IsTerminal);
