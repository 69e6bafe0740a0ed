using System.Runtime.InteropServices;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Lifetime;

/// <summary>
/// When this process must stop: SIGTERM or its deadline. Everything that waits, waits here, on a descriptor and on the stop together,
/// so no wait outlives the process's time and no timer thread is needed for it.
/// </summary>
internal sealed class ProcessLifetime : IDisposable
{
    private const int EventFlags = 0x80800; // close-on-exec, non-blocking
    private readonly Descriptor _wake;
    private readonly Lock _tokenLock = new();
    private PosixSignalRegistration? _registration;
    private CancellationTokenSource? _cancellation;
    private volatile bool _terminated;
    private long _deadline = long.MaxValue;

    public ProcessLifetime(TimeProvider clock)
    {
        Clock = clock;
        StartedAt = clock.GetTimestamp();
        _wake = Descriptor.Take(Libc.EventFd(0, EventFlags), "eventfd");
    }

    /// <summary>The time.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Timestamp of the process's start.</summary>
    public long StartedAt { get; }

    /// <summary>Why it must stop now.</summary>
    public StopReason Reason => _terminated ? StopReason.Terminated : Clock.GetTimestamp() >= _deadline ? StopReason.TimedOut : StopReason.None;

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => Clock.GetElapsedTime(StartedAt);

    /// <summary>Fires when the process must stop; made on first use because it costs a timer.</summary>
    public CancellationToken Token
    {
        get
        {
            lock (_tokenLock)
            {
                if (_cancellation is null)
                {
                    int left = MillisecondsLeft(long.MaxValue);
                    _cancellation = left == int.MaxValue
                        ? new CancellationTokenSource()
                        : new CancellationTokenSource(TimeSpan.FromMilliseconds(left), Clock);
                    if (_terminated)
                    {
                        _cancellation.Cancel();
                    }
                }

                return _cancellation.Token;
            }
        }
    }

    /// <summary>Takes over SIGTERM.</summary>
    public void HandleSignals() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
    {
        context.Cancel = true;
        Terminate();
    });

    /// <summary>Sets the time after which <see cref="Reason"/> is <see cref="StopReason.TimedOut"/>, counted from now.</summary>
    public void SetDeadline(TimeSpan fromNow) => _deadline = Clock.GetTimestamp() + (long)(fromNow.TotalSeconds * Clock.TimestampFrequency);

    /// <summary>Asks the process to stop.</summary>
    public void Terminate()
    {
        lock (_tokenLock)
        {
            _terminated = true;
            _cancellation?.Cancel();
        }

        Span<byte> one = stackalloc byte[8];
        one[0] = 1;
        one[7] = 0;
        _wake.Write(one);
    }

    /// <summary>Throws when the process must stop.</summary>
    public void ThrowIfStopping()
    {
        StopReason reason = Reason;
        if (reason != StopReason.None)
        {
            throw new StoppedException(reason);
        }
    }

    /// <summary>Waits; throws when the process must stop meanwhile.</summary>
    public void Wait(TimeSpan time)
    {
        if (WaitFor(-1, 0, (int)Math.Min(time.TotalMilliseconds, int.MaxValue)))
        {
            throw new InvalidOperationException("No descriptor was waited for.");
        }
    }

    /// <summary>Waits until the descriptor is ready: true; false after <paramref name="milliseconds"/> (-1: no limit). Throws when the process must stop.</summary>
    public bool WaitFor(int descriptor, short events, int milliseconds)
    {
        return WaitForAny(descriptor, -1, events, milliseconds) != 0;
    }

    /// <summary>Waits for one of two descriptors: bit 0 and bit 1 say which is ready. Throws when the process must stop.</summary>
    public unsafe int WaitForAny(int first, int second, short events, int milliseconds)
    {
        Libc.PollEntry* entries = stackalloc Libc.PollEntry[3];
        entries[0] = new Libc.PollEntry { Descriptor = _wake.Number, Events = Libc.PollIn };
        entries[1] = new Libc.PollEntry { Descriptor = first, Events = events };
        entries[2] = new Libc.PollEntry { Descriptor = second, Events = events };
        long end = milliseconds < 0 ? long.MaxValue : Clock.GetTimestamp() + (milliseconds * Clock.TimestampFrequency / 1000);
        while (true)
        {
            ThrowIfStopping();
            int wait = MillisecondsLeft(end);
            int ready = Libc.Poll(entries, 3, wait == int.MaxValue ? -1 : wait);
            if (ready < 0 && Marshal.GetLastPInvokeError() != Libc.ErrorInterrupted)
            {
                throw Descriptor.Failure("poll");
            }

            if (ready > 0)
            {
                ThrowIfStopping();
                int result = (entries[1].Returned != 0 ? 1 : 0) | (entries[2].Returned != 0 ? 2 : 0);
                if (result != 0)
                {
                    return result;
                }
            }

            if (end != long.MaxValue && Clock.GetTimestamp() >= end)
            {
                ThrowIfStopping();
                return 0;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration?.Dispose();
        _cancellation?.Dispose();
        _wake.Dispose();
    }

    private int MillisecondsLeft(long end)
    {
        long until = Math.Min(end, _deadline);
        if (until == long.MaxValue)
        {
            return int.MaxValue;
        }

        long left = (until - Clock.GetTimestamp()) * 1000 / Clock.TimestampFrequency;
        return left <= 0 ? 0 : (int)Math.Min(left + 1, int.MaxValue - 1);
    }
}
