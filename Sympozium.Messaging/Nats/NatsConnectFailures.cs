using Microsoft.Extensions.Logging;

namespace Sympozium.Messaging.Nats;

/// <summary>Why the client library does not get a connection: it tells its log alone, and its events say no more than that it failed.</summary>
internal sealed class NatsConnectFailures : ILoggerFactory
{
    private string? _last;

    /// <summary>The cause of the last failure since <see cref="Forget"/>, without addresses; null when there was none.</summary>
    public string? Last => Volatile.Read(ref _last);

    /// <summary>A connection was made.</summary>
    public void Forget() => Volatile.Write(ref _last, null);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Listener(this);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider)
    {
        // It has none: what it hears goes into our own messages.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Listener(NatsConnectFailures failures) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is null or OperationCanceledException || !IsEnabled(logLevel))
            {
                return;
            }

            // The innermost one has the cause; those around it may repeat an address with its password.
            Volatile.Write(ref failures._last, exception.GetBaseException().Message);
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;
    }
}
