using System.Runtime.InteropServices;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Http;

/// <summary>A channel over a connected stream socket.</summary>
internal sealed class DescriptorChannel(Descriptor socket, IDisposable owner, ProcessLifetime lifetime, TimeSpan idleLimit) : IByteChannel
{
    /// <inheritdoc/>
    public bool HasInput => lifetime.WaitFor(socket.Number, Libc.PollIn, 0);

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        while (true)
        {
            if (!lifetime.WaitFor(socket.Number, Libc.PollIn, (int)idleLimit.TotalMilliseconds))
            {
                throw new TransportException($"The server sent nothing for {idleLimit.TotalSeconds:0} seconds.");
            }

            try
            {
                int count = socket.Read(buffer);
                if (count >= 0)
                {
                    return count;
                }
            }
            catch (IOException e)
            {
                throw new TransportException($"The connection broke while reading ({e.Message}).", e);
            }
        }
    }

    /// <inheritdoc/>
    public unsafe void Write(ReadOnlySpan<byte> content)
    {
        fixed (byte* start = content)
        {
            int sent = 0;
            while (sent < content.Length)
            {
                if (!lifetime.WaitFor(socket.Number, Libc.PollOut, (int)idleLimit.TotalMilliseconds))
                {
                    throw new TransportException($"The server took nothing for {idleLimit.TotalSeconds:0} seconds.");
                }

                // Non-blocking for this call only, so that a peer which stops reading cannot hold the process beyond its deadline.
                const int DontWait = 0x40;
                nint count = Libc.Send(socket.Number, start + sent, (nuint)(content.Length - sent), Libc.MessageNoSignal | DontWait);
                int error = count < 0 ? Marshal.GetLastPInvokeError() : 0;
                if (count >= 0)
                {
                    sent += (int)count;
                }
                else if (error is not (Libc.ErrorAgain or Libc.ErrorInterrupted))
                {
                    throw new TransportException($"The connection broke while writing ({Marshal.GetPInvokeErrorMessage(error)}).");
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => owner.Dispose();
}
