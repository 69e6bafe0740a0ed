using System.Runtime.InteropServices;

namespace Sympozium.Runner.Posix;

/// <summary>An open file descriptor that is closed once.</summary>
internal sealed class Descriptor(int number) : IDisposable
{
    private int _number = number;

    /// <summary>The kernel's number for it.</summary>
    public int Number => _number;

    /// <summary>Takes what a call returned; throws with the system's message when it failed.</summary>
    public static Descriptor Take(int number, string what) =>
        number >= 0 ? new Descriptor(number) : throw Failure(what);

    /// <summary>The exception for the last failed call.</summary>
    public static IOException Failure(string what) => Failure(what, Marshal.GetLastPInvokeError());

    /// <summary>The exception for an error number.</summary>
    public static IOException Failure(string what, int error) =>
        new($"{what}: {Marshal.GetPInvokeErrorMessage(error)}", error);

    /// <summary>Reads what is there; blocks when nothing is and the descriptor is blocking. 0 is the end, -1 would block.</summary>
    public unsafe int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                nint count = Libc.Read(_number, start, (nuint)buffer.Length);
                if (count >= 0)
                {
                    return (int)count;
                }

                int error = Marshal.GetLastPInvokeError();
                if (error == Libc.ErrorAgain)
                {
                    return -1;
                }

                if (error != Libc.ErrorInterrupted)
                {
                    throw Failure("read", error);
                }
            }
        }
    }

    /// <summary>Writes everything to a blocking descriptor.</summary>
    public unsafe void Write(ReadOnlySpan<byte> content)
    {
        fixed (byte* start = content)
        {
            int written = 0;
            while (written < content.Length)
            {
                nint count = Libc.Write(_number, start + written, (nuint)(content.Length - written));
                if (count >= 0)
                {
                    written += (int)count;
                }
                else if (Marshal.GetLastPInvokeError() != Libc.ErrorInterrupted)
                {
                    throw Failure("write");
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        int taken = Interlocked.Exchange(ref _number, -1);
        if (taken >= 0 && Libc.Close(taken) != 0 && Marshal.GetLastPInvokeError() == 9)
        {
            throw new InvalidOperationException($"Descriptor {taken} was closed by someone else.");
        }
    }
}
