using System.Collections.Concurrent;

namespace Sympozium.LocalCluster.Objects;

/// <summary>Lets work that counts before it writes go one after another in each namespace.</summary>
internal sealed class NamespaceTurns
{
    // Kept for good: one small object for each namespace that ever had something to count.
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);

    /// <summary>Waits for the turn; disposing of what is returned ends it.</summary>
    public async Task<IDisposable> TakeAsync(string ns, CancellationToken cancellationToken)
    {
        SemaphoreSlim turn = _turns.GetOrAdd(ns, _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(cancellationToken);
        return new Turn(turn);
    }

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                turn.Release();
            }
        }
    }
}
