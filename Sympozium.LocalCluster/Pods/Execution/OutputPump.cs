using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Execution;

/// <summary>
/// Reads one stream of a command by a thread of its own, because pipes and terminals cannot be read otherwise without holding a pool thread.
/// Whoever does not read holds the command up, not the memory.
/// </summary>
internal sealed class OutputPump : IDisposable
{
    private const int BufferBytes = 32 << 10;
    private const int MaxWaitingParts = 16;

    private readonly Channel<ReadOnlyMemory<byte>> _parts = Channel.CreateUnbounded<ReadOnlyMemory<byte>>(new UnboundedChannelOptions { SingleWriter = true });

    /// <summary>Parts that may still be read before one is taken.</summary>
    private readonly SemaphoreSlim _room = new(MaxWaitingParts);

    private readonly CancellationTokenSource _end = new();

    /// <param name="source">What to read; null for a stream that nobody asked for.</param>
    /// <param name="name">Name of the thread.</param>
    public OutputPump(SafeFileHandle? source, string name)
    {
        if (source is null)
        {
            _parts.Writer.Complete();
            return;
        }

        new Thread(() => Copy(source)) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>Everything that the command writes, until it ends.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ReadOnlyMemory<byte> part in _parts.Reader.ReadAllAsync(cancellationToken))
        {
            _room.Release();
            yield return part;
        }
    }

    /// <summary>Nobody reads any more: a thread that waits for room ends.</summary>
    public void Dispose() => _end.Cancel();

    private void Copy(SafeFileHandle source)
    {
        try
        {
            using (source)
            {
                byte[] buffer = new byte[BufferBytes];
                int count;
                while ((count = Descriptors.Read(source, buffer)) > 0)
                {
                    _room.Wait(_end.Token);
                    _parts.Writer.TryWrite(buffer.AsSpan(0, count).ToArray());
                }
            }
        }
        catch (OperationCanceledException)
        {
            // What was not read is lost with the one who would have read it.
            return;
        }
        finally
        {
            _parts.Writer.TryComplete();
        }
    }
}
