using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Calls;

/// <summary>
/// The caller's end of an enumeration. It asks for the next batch when it has none left; steps interleave with the grain's calls and have
/// no timeout, since the next item may be long in coming.
/// </summary>
internal sealed class GrainEnumerator<T> : IAsyncEnumerator<T>
{
    private readonly GrainProxy _grain;
    private readonly EnumerationSession<T> _session;
    private readonly CancellationTokenSource? _linked;
    private readonly CancellationToken _token;
    private readonly int _maxBatchSize;
    private List<T> _batch = [];
    private int _index = -1;
    private bool _more = true;

    public GrainEnumerator(GrainProxy grain, EnumerableRequest<T> request, int maxBatchSize, CancellationToken cancellationToken)
    {
        _grain = grain;
        _session = new EnumerationSession<T>(request);
        _maxBatchSize = maxBatchSize;
        _token = cancellationToken;
        var argument = _session.ArgumentToken;
        if (!cancellationToken.CanBeCanceled)
        {
            _token = argument;
        }
        else if (argument.CanBeCanceled && argument != cancellationToken)
        {
            _linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, argument);
            _token = _linked.Token;
        }
    }

    public T Current => _batch[_index];

    public ValueTask<bool> MoveNextAsync()
    {
        if (_index + 1 < _batch.Count)
        {
            _index++;
            return new ValueTask<bool>(true);
        }

        return _more ? FetchAsync() : new ValueTask<bool>(false);
    }

    public async ValueTask DisposeAsync()
    {
        _more = false;
        try
        {
            if (_session.NeedsDisposal)
            {
                await _grain.CallVoid(new EnumerationDisposal<T>(_session));
            }
        }
        catch (SiloUnavailableException)
        {
            // The runtime has stopped, and with it the grain's end of the enumeration.
        }
        finally
        {
            _linked?.Dispose();
        }
    }

    private async ValueTask<bool> FetchAsync()
    {
        _token.ThrowIfCancellationRequested();
        _session.ThrowIfAborted();
        _batch = [];
        _index = -1;
        var step = new EnumerationStep<T>(_session, _maxBatchSize);
        step.TakeOverToken(_session.Cancellation, _token);
        try
        {
            (_batch, _more) = await _grain.Call(step);
        }
        catch
        {
            _more = false;
            throw;
        }

        if (_batch.Count == 0)
        {
            return false;
        }

        _index = 0;
        return true;
    }
}
