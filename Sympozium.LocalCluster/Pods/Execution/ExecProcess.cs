using Microsoft.Win32.SafeHandles;
using Sympozium.LocalCluster.Pods.Processes;
using Sympozium.LocalCluster.Server;

namespace Sympozium.LocalCluster.Pods.Execution;

/// <summary>A command that runs in a container on somebody's behalf.</summary>
internal sealed class ExecProcess : IPodCommand
{
    private readonly int _pid;
    private readonly string _marker;
    private readonly SafeFileHandle? _input;
    private readonly SafeFileHandle? _terminal;
    private readonly Task<int?> _ended;
    private readonly OutputPump _output;
    private readonly OutputPump _error;
    private int _disposed;

    public ExecProcess(int pid, string marker, ExecEnds ends, Task<int?> ended)
    {
        _pid = pid;
        _marker = marker;
        _input = ends.Input;
        _terminal = ends.IsTerminal ? ends.Output : null;
        _ended = ended;
        _output = new OutputPump(ends.Output, "exec-stdout");
        _error = new OutputPump(ends.Error, "exec-stderr");
        Exited = ExitAsync();
    }

    /// <summary>Its exit code; 128 + n for signal n.</summary>
    public Task<int> Exited { get; }

    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadOutputAsync(CancellationToken cancellationToken) => _output.ReadAllAsync(cancellationToken);

    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadErrorAsync(CancellationToken cancellationToken) => _error.ReadAllAsync(cancellationToken);

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

            _output.Dispose();
            _error.Dispose();
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
}

/// <summary>Our ends of a command's streams.</summary>
internal sealed record ExecEnds(SafeFileHandle? Input, SafeFileHandle? Output, SafeFileHandle? Error, bool IsTerminal);
