using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Sympozium.LocalCluster.Pods.Processes;

/// <summary>
/// Tells when processes end, our children or not, by one thread that polls pidfds. Children are reaped by their id, so that
/// the runtime's own processes are left alone.
/// </summary>
internal sealed unsafe class ProcessWatcher : IDisposable
{
    private const int ForeverMilliseconds = -1;

    /// <summary>How often processes are looked at for which the kernel gave no pidfd.</summary>
    private const int FallbackPeriodMilliseconds = 50;

    private readonly ConcurrentQueue<Entry> _arrivals = new();
    private readonly int _wake;
    private readonly Thread _thread;
    private volatile bool _stopping;

    public ProcessWatcher()
    {
        _wake = Native.EventFd(0, Native.EventCloseOnExec);
        _thread = new Thread(Run) { IsBackground = true, Name = "pod-processes" };
        _thread.Start();
    }

    /// <summary>Completes when the process ends: with the wait status of a child, with null for anybody else's process.</summary>
    public Task<int?> WaitAsync(int pid)
    {
        var entry = new Entry(pid, Native.PidfdOpen(pid), Marshal.GetLastPInvokeError());
        _arrivals.Enqueue(entry);
        Signal();
        return entry.Ended.Task;
    }

    public void Dispose()
    {
        if (!_stopping)
        {
            _stopping = true;
            Signal();
            _thread.Join();
            Native.Close(_wake);
        }
    }

    private void Signal()
    {
        ulong one = 1;
        Native.Write(_wake, &one, sizeof(ulong));
    }

    private void Run()
    {
        var entries = new List<Entry>();
        while (!_stopping)
        {
            int timeout = entries.Exists(e => e.Pidfd < 0) ? FallbackPeriodMilliseconds : ForeverMilliseconds;
            Wait(entries, timeout);
            for (int i = entries.Count - 1; i >= 0; i--)
            {
                if (entries[i].Pidfd >= 0 ? entries[i].Readable : !ProcFiles.IsRunning(entries[i].Pid))
                {
                    Finish(entries[i]);
                    entries.RemoveAt(i);
                }
            }

            while (_arrivals.TryDequeue(out Entry? arrival))
            {
                if (arrival.Pidfd < 0 && arrival.Error == Native.ErrNoProcess)
                {
                    Finish(arrival);
                }
                else
                {
                    entries.Add(arrival);
                }
            }
        }

        entries.ForEach(e => Native.Close(e.Pidfd));
    }

    private void Wait(List<Entry> entries, int timeout)
    {
        var polled = new Native.PollEntry[entries.Count + 1];
        polled[0] = new Native.PollEntry { Fd = _wake, Events = Native.PollIn };
        for (int i = 0; i < entries.Count; i++)
        {
            // A negative descriptor is skipped by poll.
            polled[i + 1] = new Native.PollEntry { Fd = entries[i].Pidfd, Events = Native.PollIn };
        }

        fixed (Native.PollEntry* start = polled)
        {
            if (Native.Poll(start, (nuint)polled.Length, timeout) <= 0)
            {
                return;
            }
        }

        if (polled[0].Returned != 0)
        {
            ulong count;
            Native.Read(_wake, &count, sizeof(ulong));
        }

        for (int i = 0; i < entries.Count; i++)
        {
            entries[i].Readable = polled[i + 1].Returned != 0;
        }
    }

    private static void Finish(Entry entry)
    {
        const int NoHang = 1;
        int status;
        bool child = Native.WaitPid(entry.Pid, &status, NoHang) == entry.Pid;
        if (entry.Pidfd >= 0)
        {
            Native.Close(entry.Pidfd);
        }

        entry.Ended.TrySetResult(child ? status : null);
    }

    private sealed class Entry(int pid, int pidfd, int error)
    {
        public int Pid { get; } = pid;

        public int Pidfd { get; } = pidfd;

        public int Error { get; } = error;

        public bool Readable { get; set; }

        public TaskCompletionSource<int?> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
