using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Bridge;

/// <summary>
/// Carries files to the bus in the order of their writing. One thread does everything: it waits for files, publishes them in batches
/// (what comes while a batch is on its way goes into the next) and repeats a batch until the bus has it, so nothing is lost
/// or reordered while the control plane restarts; the kernel's event queue and the volume hold what comes meanwhile.
/// </summary>
internal sealed class IpcBridge(BridgeOptions options, ProcessLifetime lifetime) : IDisposable
{
    private static readonly TimeSpan SubscribeLimit = TimeSpan.FromSeconds(1);
    private readonly IpcWatcher _watcher = new();
    private readonly OutboundFiles _files = new(options, lifetime.Clock);
    private readonly InboundReceiver _inbound = new(options, lifetime);

    /// <summary>Works until the result was published and the run is done, or the process must stop.</summary>
    /// <exception cref="StoppedException">It must stop.</exception>
    public void Run()
    {
        foreach (string folder in IpcPaths.Directories)
        {
            PosixFile.MakeDirectories($"{options.IpcRoot}/{folder}");
        }

        // Watch first, then scan: a file that is written in between is seen twice, never not at all.
        string[] watched = ["", .. OutboundFiles.Watched(options)];
        foreach (string folder in watched)
        {
            _watcher.Add(options.IpcRoot, folder);
        }

        _files.Scan();
        using IEventPublisher publisher = options.CreatePublisher(lifetime);
        while (true)
        {
            Publish(publisher);
            if (_files is { IsResultPublished: true, IsDone: true })
            {
                return;
            }

            if (lifetime.WaitFor(_watcher.Number, Libc.PollIn, MillisecondsToInbound()))
            {
                ReadEvents();
            }
            else
            {
                _inbound.Start();
            }
        }
    }

    /// <summary>Publishes what is there and nothing more.</summary>
    /// <exception cref="StoppedException">The time for it is over.</exception>
    public void Drain(ProcessLifetime drainLifetime)
    {
        using IEventPublisher publisher = options.CreatePublisher(drainLifetime);
        ReadEvents();
        _files.Retry();
        _files.Scan();
        while (_files.HasWaiting)
        {
            Publish(publisher);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _watcher.Dispose();

    private int MillisecondsToInbound() => _inbound.IsStarted
        ? -1
        : (int)Math.Max((options.InboundDelay - lifetime.Elapsed).TotalMilliseconds, 0);

    private void ReadEvents()
    {
        if (!_watcher.Read(_files.Note))
        {
            RunnerLog.Error("The kernel dropped file events; the directories are scanned.");
            _files.Scan();
        }
    }

    private void Publish(IEventPublisher publisher)
    {
        while (_files.HasWaiting)
        {
            if (_files.HasSpawnRequest)
            {
                _inbound.Start();
                _ = _inbound.WaitUntilSubscribed(SubscribeLimit);
            }

            EventBatch? batch = _files.NextBatch();
            if (batch is null)
            {
                return;
            }

            publisher.Publish(batch);
            _files.Finished(batch);
        }
    }
}
