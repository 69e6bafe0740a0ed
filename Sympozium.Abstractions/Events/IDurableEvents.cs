namespace Sympozium.Abstractions.Events;

/// <summary>
/// Durable consumption: every event reaches the handler of its consumer at least once, whoever was down in between. What a handler
/// cannot digest is set aside ("parked") with its reason instead of blocking what comes behind it.
/// </summary>
/// <remarks>In process, "durable" lasts as long as the process: its consumers also reconcile from the resources at their start.</remarks>
public interface IDurableEvents
{
    /// <summary>
    /// Hands events to <paramref name="handler"/> until cancelled. Calls with the same name share the work. An event is done when the
    /// handler returns; when it throws, the event comes again after <see cref="DurableConsumer.Backoff"/>, and is parked after
    /// <see cref="DurableConsumer.MaxDeliveries"/>. A lost connection is waited for, never thrown.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Task ConsumeAsync(DurableConsumer consumer, Func<BusEvent, CancellationToken, Task> handler, CancellationToken cancellationToken);

    /// <summary>What was parked, oldest first, at most <paramref name="limit"/>.</summary>
    /// <exception cref="SympoziumUnavailableException">The bus cannot be reached.</exception>
    Task<IReadOnlyList<ParkedEvent>> ListParkedAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Publishes a parked event anew, to all consumers of its topic, and forgets it; false when there is none with this id.</summary>
    /// <exception cref="SympoziumInvalidException">The event cannot be read, so publishing it again would park it again.</exception>
    /// <exception cref="SympoziumUnavailableException">The bus cannot be reached.</exception>
    Task<bool> RetryParkedAsync(string id, CancellationToken cancellationToken);
}

/// <summary>A named consumer of <see cref="IDurableEvents"/>.</summary>
/// <param name="Name">Its name, letters, digits and dashes; the same for all processes that share its work.</param>
/// <param name="Topics">Wanted topics; empty means all.</param>
public sealed record DurableConsumer(string Name, IReadOnlySet<string> Topics)
{
    /// <summary>How often an event is tried before it is parked.</summary>
    /// <value>Default 5, at least 1.</value>
    public int MaxDeliveries { get; init; } = 5;

    /// <summary>Events that are handled at the same time in one process.</summary>
    /// <value>Default 16, at least 1. With 1, events are handled in order.</value>
    public int Concurrency { get; init; } = 16;

    /// <summary>Pause before the first, second, … repetition; the last one also for all that follow.</summary>
    /// <value>Default 1 s, 5 s, 30 s.</value>
    public IReadOnlyList<TimeSpan> Backoff { get; init; } = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30)];

    /// <summary>How long a process may be silent about an event before another one gets it. A handler that runs longer says so by itself.</summary>
    /// <value>Default 30 s.</value>
    public TimeSpan AckWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The pause after so many deliveries.</summary>
    public TimeSpan BackoffAfter(int deliveries) =>
        Backoff.Count == 0 ? TimeSpan.Zero : Backoff[Math.Min(Math.Max(deliveries, 1), Backoff.Count) - 1];
}

/// <summary>An event which a consumer could not digest.</summary>
/// <param name="Id">Names it for <see cref="IDurableEvents.RetryParkedAsync"/>.</param>
/// <param name="Consumer">Whose handler failed.</param>
/// <param name="Subject">Where it was published.</param>
/// <param name="Reason">What the handler, or the reader of the envelope, said last.</param>
/// <param name="Deliveries">How often it was tried.</param>
/// <param name="ParkedAt">When it was set aside, UTC.</param>
/// <param name="Event">The event; null when its envelope cannot be read.</param>
public sealed record ParkedEvent(
    string Id, string Consumer, string Subject, string Reason, int Deliveries, DateTimeOffset ParkedAt, BusEvent? Event);
