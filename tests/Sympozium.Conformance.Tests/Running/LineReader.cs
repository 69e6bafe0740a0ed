using System.Threading.Channels;

namespace Sympozium.Conformance.Tests.Running;

/// <summary>Reads lines as they come, so that the end of a burst can be told by silence.</summary>
internal sealed class LineReader : IAsyncDisposable
{
    /// <summary>Silence after the last expected line that shows that no further one comes.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<string> _lines;
    private readonly Task _pump;

    public LineReader(Func<CancellationToken, ValueTask<string?>> next, int maxBuffered)
    {
        _lines = Channel.CreateBounded<string>(maxBuffered);
        _pump = PumpAsync(next);
    }

    /// <summary>Whether the other side ended the stream and everything was read.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The next line; null at the end, at the limit, or after a silence when no further line is expected.</summary>
    public async Task<string?> NextAsync(bool isComplete, CancellationToken limit)
    {
        using CancellationTokenSource wait = CancellationTokenSource.CreateLinkedTokenSource(limit);
        if (isComplete)
        {
            wait.CancelAfter(Quiet);
        }

        try
        {
            return await _lines.Reader.ReadAsync(wait.Token);
        }
        catch (ChannelClosedException)
        {
            HasEnded = true;
            return null;
        }
        catch (OperationCanceledException) when (wait.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pump;
        _stop.Dispose();
    }

    private async Task PumpAsync(Func<CancellationToken, ValueTask<string?>> next)
    {
        try
        {
            while (await next(_stop.Token) is { } line)
            {
                await _lines.Writer.WriteAsync(line, _stop.Token);
            }

            _lines.Writer.Complete();
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            _lines.Writer.Complete();
        }
    }
}
