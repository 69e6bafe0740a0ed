using Microsoft.Extensions.Logging;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.Nats;

/// <summary>
/// The event bus of a cluster, on NATS JetStream. A publish returns when the server has stored the event. One reader per process
/// feeds all live subscribers; durable consumers share the work of all processes. Needs nobody to have prepared NATS, and no NATS at
/// start: what needs it waits or says that it is not there, and goes on by itself when it comes.
/// </summary>
public sealed class NatsEventBus : IEventBus, IDurableEvents, IAsyncDisposable
{
    private readonly NatsBusOptions _options;
    private readonly TimeProvider _time;
    private readonly NatsClient _client;
    private readonly NatsStreams _streams;
    private readonly NatsLiveFeed _feed;
    private readonly NatsParkedEvents _parked;
    private readonly ILogger _logger;
    private readonly NatsPublisher _publisher;
    private int _disposed;

    /// <summary>Makes the bus; it connects when it is first used.</summary>
    /// <exception cref="SympoziumInvalidException">The options contradict each other or name a file that is not there.</exception>
    public NatsEventBus(NatsBusOptions options, TimeProvider time, ILogger<NatsEventBus> logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _client = new NatsClient(options, logger);
        _streams = new NatsStreams(_client, options);
        _feed = new NatsLiveFeed(_client, _streams, options, time, logger);
        _parked = new NatsParkedEvents(_client, _streams);
        _publisher = new NatsPublisher(_client, _streams, options, time);
    }

    /// <summary>Why nothing can be published now, for readiness; null when nothing is known against it.</summary>
    public string? Problem => _client.IsConnected
        ? _streams.Problem is { } problem ? $"NATS at {Servers}: {problem}" : null
        : $"NATS at {Servers} cannot be reached{(_client.Failure is { } failure ? $": {failure}" : "")}";

    /// <summary>The servers, without user and password; for messages.</summary>
    public string Servers => _client.Servers;

    /// <summary>Connects and makes the streams, so that the first event need not wait; returns without either when there is no NATS.</summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LimitedAsync("Preparing the event bus", _streams.InfoAsync, cancellationToken);
        }
        catch (SympoziumUnavailableException down)
        {
            NatsLog.NotYet(_logger, down, Servers);
        }
    }

    /// <inheritdoc/>
    public ValueTask PublishAsync(BusEvent busEvent, CancellationToken cancellationToken) => _publisher.PublishAsync(busEvent, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IBusSubscription> SubscribeAsync(BusFilter filter, CancellationToken cancellationToken) =>
        await LimitedAsync("Subscribing", token => _feed.SubscribeAsync(filter, token), cancellationToken);

    /// <inheritdoc/>
    public Task ConsumeAsync(DurableConsumer consumer, Func<BusEvent, CancellationToken, Task> handler, CancellationToken cancellationToken) =>
        new NatsDurableWorker(_client, _streams, _parked, consumer, handler, _options, _time, _logger).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ParkedEvent>> ListParkedAsync(int limit, CancellationToken cancellationToken) =>
        LimitedAsync("Listing parked events", token => _parked.ListAsync(limit, token), cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> RetryParkedAsync(string id, CancellationToken cancellationToken)
    {
        if (await LimitedAsync("Reading a parked event", token => _parked.FindAsync(id, token), cancellationToken) is not { } parked)
        {
            return false;
        }

        if (parked.Event is null)
        {
            throw new SympoziumInvalidException($"The parked event '{id}' cannot be published again: {parked.Reason}");
        }

        // Without its id: the server would drop it as one that it has.
        await PublishAsync(parked.Event with { Id = null }, cancellationToken);
        return await LimitedAsync("Removing a parked event", token => _parked.RemoveAsync(id, token), cancellationToken);
    }

    /// <summary>The newest result of the run with this uid that is in the stream; null when there is none.</summary>
    /// <exception cref="SympoziumUnavailableException">NATS cannot be reached.</exception>
    public Task<BusEvent?> FindResultAsync(ResourceKey run, string runUid, CancellationToken cancellationToken) => LimitedAsync(
        $"Looking for the result of run '{run}'",
        async token => await FindLastAsync(BusSubjects.For(Topics.RunCompleted, run, runUid), token)
            ?? await FindLastAsync(BusSubjects.For(Topics.RunFailed, run, runUid), token),
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A container that gives it out under several interfaces disposes it once for each.
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _feed.DisposeAsync();
        await _client.DisposeAsync();
        _streams.Dispose();
        _publisher.Dispose();
    }

    private async Task<BusEvent?> FindLastAsync(string subject, CancellationToken cancellationToken)
    {
        const int NotFound = 404;
        try
        {
            INatsJSStream stream = await _client.JetStream.GetStreamAsync(NatsSubjects.Stream, cancellationToken: cancellationToken);
            StreamMsgGetResponse found = await stream.GetAsync(new StreamMsgGetRequest { LastBySubj = subject }, cancellationToken);
            return NatsEnvelope.TryRead(found.Message.Data.ToArray(), subject, out BusEvent? busEvent, out _) ? busEvent : null;
        }
        catch (NatsJSApiException missing) when (missing.Error.Code == NotFound)
        {
            return null;
        }
    }

    private async Task<T> LimitedAsync<T>(string what, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.PublishTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await call(either.Token);
        }
        catch (Exception failure) when (NatsFailures.IsUnavailable(failure, limit.Token, cancellationToken))
        {
            throw NatsFailures.Unavailable(what, _client, _options.PublishTimeout, failure);
        }
    }
}
