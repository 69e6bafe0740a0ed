using System.Collections.Concurrent;
using Orleans;
using Sympozium.Abstractions.Instances;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Runs;
using Sympozium.Abstractions.Skills;
using Sympozium.Testing;

namespace Sympozium.TestSilo.Cluster;

/// <summary>
/// Calls grains of every kind through the client that a gateway has, each again and again, and keeps how long the longest call took and what failed.
/// The objects of the grains are <c>object-0</c> and so on in <see cref="SimulatedPods.Namespace"/>.
/// </summary>
public sealed class SteadyCallers : IDisposable
{
    /// <summary>Between the calls of one caller: what is looked for is how long a call waits, not how many fit.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<string> _failures = [];
    private readonly ConcurrentDictionary<string, int> _modelCalls = new(StringComparer.Ordinal);
    private readonly Caller[] _callers;
    private readonly Task _all;

    private SteadyCallers(IGrainFactory grains, IReadOnlyDictionary<string, string> runs)
    {
        _callers =
        [
            .. runs.SelectMany(run => new Caller[]
            {
                new($"reconcile of run {run.Key}", token => Run(grains, run.Key).ReconcileAsync(token)),
                new($"model route of run {run.Key}", token => Run(grains, run.Key).GetModelRouteAsync(run.Value, token)),
                new($"model call of run {run.Key}", token => RecordAsync(Run(grains, run.Key), run.Key, run.Value, token)),
                new($"reconcile of instance {run.Key}", token => grains.GetGrain<IInstanceGrain>(Key(run.Key)).ReconcileAsync(token)),
                new($"reconcile of policy {run.Key}", token => grains.GetGrain<IPolicyGrain>(Key(run.Key)).ReconcileAsync(token)),
                new($"reconcile of skill pack {run.Key}", token => grains.GetGrain<ISkillPackGrain>(Key(run.Key)).ReconcileAsync(token)),
                new($"place of grain {run.Key}", grains.GetGrain<IPlaceGrain>(run.Key).WhereAsync),
            }),
        ];
        _all = Task.WhenAll(_callers.Select(RunAsync));
    }

    /// <summary>Calls that failed, with their exceptions.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>How many calls were answered.</summary>
    public int Answered => _callers.Sum(caller => caller.Answered);

    /// <summary>Model calls of each run that were reported and confirmed; exact when <see cref="StopAsync"/> has returned.</summary>
    public IReadOnlyDictionary<string, int> ModelCalls => _modelCalls;

    /// <summary>Begins; <paramref name="runs"/> has the uids of the runs by their names.</summary>
    public static SteadyCallers Start(IGrainFactory grains, IReadOnlyDictionary<string, string> runs) => new(grains, runs);

    /// <summary>Waits until each caller has got an answer to a call that began after now, and to the one after it.</summary>
    public async Task EachIsAnsweredAsync()
    {
        int[] begun = [.. _callers.Select(caller => caller.Begun)];
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        for (int i = 0; i < _callers.Length; i++)
        {
            while (_callers[i].Finished < begun[i] + 2)
            {
                await Task.Delay(Pace, TimeProvider.System, deadline.Token);
            }
        }
    }

    /// <summary>The longest call from now on, one under way included, until it is asked for.</summary>
    public Func<(string Call, TimeSpan Took)> WatchLongest()
    {
        Array.ForEach(_callers, caller => caller.Forget());
        return () => _callers.Select(caller => (caller.Name, caller.Longest)).MaxBy(call => call.Longest);
    }

    /// <summary>Ends when the calls under way have.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _all;
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private static IRunGrain Run(IGrainFactory grains, string name) => grains.GetGrain<IRunGrain>(Key(name));

    private static string Key(string name) => $"{SimulatedPods.Namespace}/{name}";

    private async Task RunAsync(Caller caller)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await caller.CallAsync();
            }
            catch (Exception e)
            {
                _failures.Add($"{caller.Name}: {e}");
            }

            await Task.Delay(Pace, TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task RecordAsync(IRunGrain run, string name, string uid, CancellationToken cancellationToken)
    {
        int number = _modelCalls.GetOrAdd(name, 0) + 1;
        await run.RecordModelCallAsync(uid, new ModelCallUsage { CallId = $"call-{number}", InputTokens = 1 }, cancellationToken);
        _modelCalls[name] = number;
    }

    /// <summary>Makes one call at a time.</summary>
    private sealed class Caller(string name, Func<CancellationToken, Task> call)
    {
        private long _longest;
        private int _begun;
        private int _finished;
        private int _answered;

        public string Name => name;

        public int Begun => Volatile.Read(ref _begun);

        public int Finished => Volatile.Read(ref _finished);

        public int Answered => Volatile.Read(ref _answered);

        public TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref _longest));

        public void Forget() => Interlocked.Exchange(ref _longest, 0);

        public async Task CallAsync()
        {
            Interlocked.Increment(ref _begun);
            long start = TimeProvider.System.GetTimestamp();
            try
            {
                await call(CancellationToken.None);
                Interlocked.Increment(ref _answered);
            }
            finally
            {
                long took = TimeProvider.System.GetElapsedTime(start).Ticks;
                Interlocked.Exchange(ref _longest, Math.Max(took, Interlocked.Read(ref _longest)));
                Interlocked.Increment(ref _finished);
            }
        }
    }
}
