using System.Collections.Concurrent;
using Sympozium.Testing;

namespace Sympozium.GrainRuntime.Tests.Contract;

/// <summary>Where grains of the tests say what happened to them, and where they wait until a test lets them go on.</summary>
public sealed class Probe
{
    private static readonly TimeSpan Patience = TestTimeouts.InProcess;

    private readonly Lock _gate = new();
    private readonly List<string> _events = [];
    private readonly List<(string Event, int Count, TaskCompletionSource Seen)> _waiters = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();

    public IReadOnlyList<string> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    public int Count(string name)
    {
        lock (_gate)
        {
            return _events.Count(candidate => candidate == name);
        }
    }

    public void Add(string name)
    {
        lock (_gate)
        {
            _events.Add(name);
            var count = _events.Count(candidate => candidate == name);
            foreach (var waiter in _waiters.Where(waiter => waiter.Event == name && waiter.Count <= count).ToList())
            {
                _waiters.Remove(waiter);
                waiter.Seen.SetResult();
            }
        }
    }

    /// <summary>Waits until something has happened so many times.</summary>
    public Task SeenAsync(string name, int count = 1)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_events.Count(candidate => candidate == name) >= count)
            {
                return Task.CompletedTask;
            }

            _waiters.Add((name, count, seen));
        }

        return seen.Task.WaitAsync(Patience);
    }

    /// <summary>Waits until a test opens the gate.</summary>
    public Task PassAsync(string gate) => Gate(gate).Task.WaitAsync(Patience);

    public void Open(string gate) => Gate(gate).TrySetResult();

    private TaskCompletionSource Gate(string gate) =>
        _gates.GetOrAdd(gate, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
