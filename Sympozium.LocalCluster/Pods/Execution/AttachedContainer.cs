using Microsoft.Win32.SafeHandles;
using Sympozium.LocalCluster.Pods.Lifecycle;
using Sympozium.LocalCluster.Pods.Processes;
using Sympozium.LocalCluster.Server;

namespace Sympozium.LocalCluster.Pods.Execution;

/// <summary>
/// A client at the main process of a container: it reads what comes after it has come, and writes to the standard input when the container keeps one
/// open. Unlike a command, the process goes on when the client leaves.
/// </summary>
internal sealed class AttachedContainer(PodContainer container, Stream log, bool writes) : IPodCommand
{
    private const int BufferBytes = 16 << 10;

    private readonly SafeFileHandle? _input = writes ? container.Process?.Input : null;

    /// <summary>Whatever the process ends with, the client has seen its end.</summary>
    public Task<int> Exited { get; } = Task.FromResult(0);

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadOutputAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferBytes];
        int count;
        while ((count = await log.ReadAsync(buffer, cancellationToken)) > 0)
        {
            yield return buffer.AsMemory(0, count);
        }
    }

    /// <summary>Both streams are one log.</summary>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadErrorAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<ReadOnlyMemory<byte>>();

    public bool Write(ReadOnlySpan<byte> bytes) => _input is { IsClosed: false } input && Descriptors.Write(input, bytes);

    public void CloseInput()
    {
        if (container.Spec.StdinOnce)
        {
            _input?.Dispose();
        }
    }

    public void Resize(ushort columns, ushort rows)
    {
        // Containers have no terminal of their own.
    }

    public void Dispose()
    {
        CloseInput();
        log.Dispose();
    }
}
