using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Logs;

/// <summary>
/// Notes when the logs of running containers grow, by one thread that the kernel tells about changes (inotify). A start costs the pod's
/// worker one entry in a queue; a log that grows all the time is looked at a hundred times per second, no more.
/// </summary>
internal sealed unsafe partial class LogWatcher : IDisposable
{
    private const int Modified = 0x2;
    private const int CloseOnExec = 0x80000;
    private const int EventBytes = 16;
    private const int PauseMilliseconds = 10;
    private const int FallbackPeriodMilliseconds = 250;

    private readonly ILogger _logger;
    private readonly ConcurrentQueue<string> _arrivals = new();
    private readonly ConcurrentDictionary<string, WatchedLog> _logs = new(StringComparer.Ordinal);
    private readonly Dictionary<int, WatchedLog> _byWatch = [];
    private readonly int _inotify;
    private readonly int _wake;
    private readonly Thread _thread;
    private volatile bool _stopping;

    public LogWatcher(ILogger logger)
    {
        _logger = logger;
        _inotify = InotifyInit(CloseOnExec | NonBlocking);
        _wake = Native.EventFd(0, Native.EventCloseOnExec);
        _thread = new Thread(Run) { IsBackground = true, Name = "pod-logs" };
        _thread.Start();
    }

    /// <summary>A log that grows from now on.</summary>
    public void Add(string log)
    {
        _logs[log] = new WatchedLog(log);
        _arrivals.Enqueue(log);
        Signal();
    }

    /// <summary>Looks at a log now.</summary>
    public void Look(string log)
    {
        if (_logs.TryGetValue(log, out WatchedLog? watched))
        {
            Look(watched);
        }
    }

    /// <summary>A log that does not grow any more; notes its last lines.</summary>
    public void Finish(string log)
    {
        if (_logs.TryRemove(log, out WatchedLog? watched))
        {
            Look(watched);
            watched.Close();
            _arrivals.Enqueue(log);
            Signal();
        }
    }

    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        Signal();
        _thread.Join();
        Native.Close(_wake);
        if (_inotify >= 0)
        {
            Native.Close(_inotify);
        }

        foreach (WatchedLog log in _logs.Values)
        {
            log.Close();
        }
    }

    private void Signal()
    {
        ulong one = 1;
        Native.Write(_wake, &one, sizeof(ulong));
    }

    private void Run()
    {
        byte* events = stackalloc byte[4096];
        while (!_stopping)
        {
            Wait(_inotify < 0 || _byWatch.Count < _logs.Count ? FallbackPeriodMilliseconds : -1);
            while (_arrivals.TryDequeue(out string? log))
            {
                Arrange(log);
            }

            ReadEvents(events, 4096);
            foreach (WatchedLog log in _logs.Values)
            {
                if (log.Watch < 0 || log.IsDirty)
                {
                    log.IsDirty = false;
                    Look(log);
                }
            }
        }
    }

    /// <summary>Waits for news, then a little for more of them.</summary>
    private void Wait(int timeoutMilliseconds)
    {
        Native.PollEntry* entries = stackalloc Native.PollEntry[2];
        entries[0] = new Native.PollEntry { Fd = _wake, Events = Native.PollIn };
        entries[1] = new Native.PollEntry { Fd = _inotify, Events = Native.PollIn };
        if (Native.Poll(entries, 2, timeoutMilliseconds) > 0 && entries[0].Returned == 0)
        {
            Native.Poll(entries, 1, PauseMilliseconds);
        }

        if (entries[0].Returned != 0)
        {
            ulong count;
            Native.Read(_wake, &count, sizeof(ulong));
        }
    }

    private void ReadEvents(byte* events, int size)
    {
        nint count;
        while (_inotify >= 0 && (count = Native.Read(_inotify, events, (nuint)size)) > 0)
        {
            for (nint at = 0; at + EventBytes <= count;)
            {
                int watch = *(int*)(events + at);
                uint name = *(uint*)(events + at + 12);
                if (_byWatch.TryGetValue(watch, out WatchedLog? log))
                {
                    log.IsDirty = true;
                }

                at += (nint)(EventBytes + name);
            }
        }
    }

    /// <summary>Starts or ends the kernel's watch of a log.</summary>
    private void Arrange(string path)
    {
        if (_logs.TryGetValue(path, out WatchedLog? log))
        {
            if (log.Watch < 0 && _inotify >= 0 && (log.Watch = InotifyAddWatch(_inotify, path, Modified)) >= 0)
            {
                _byWatch[log.Watch] = log;
            }

            // What was written before is news too.
            log.IsDirty = true;
            return;
        }

        foreach ((int watch, WatchedLog gone) in _byWatch.Where(w => w.Value.Path == path).ToList())
        {
            _byWatch.Remove(watch);
            _ = InotifyRemoveWatch(_inotify, gone.Watch);
        }
    }

    private void Look(WatchedLog log)
    {
        try
        {
            log.Look();
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // Its lines will have the time of the log's last change.
            LogNotTimed(log.Path, failed);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The times of {Path} cannot be noted")]
    private partial void LogNotTimed(string path, Exception exception);

    private const int NonBlocking = 0x800;

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int InotifyInit(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int InotifyAddWatch(int inotify, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch", SetLastError = true)]
    private static partial int InotifyRemoveWatch(int inotify, int watch);
}
