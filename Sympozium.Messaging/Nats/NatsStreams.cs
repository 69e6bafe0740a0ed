using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Sympozium.Abstractions;

namespace Sympozium.Messaging.Nats;

/// <summary>
/// Makes the two streams when they are missing and leaves existing ones as their operator has set them. Checked once per connection:
/// the server behind a new one may be empty.
/// </summary>
internal sealed class NatsStreams(NatsClient client, NatsBusOptions options) : IDisposable
{
    private const int NotFound = 404;
    private readonly SemaphoreSlim _gate = new(1);
    private int _checkedEpoch = -1;

    /// <summary>Why the streams could not be made or found the last time; null when they were there.</summary>
    public string? Problem { get; private set; }

    /// <summary>The stream of events may have vanished; look again.</summary>
    public void Forget() => Volatile.Write(ref _checkedEpoch, -1);

    /// <summary>Returns when both streams are there.</summary>
    /// <exception cref="SympoziumUnavailableException">JetStream is off, or the stream cannot take our events.</exception>
    public async ValueTask EnsureAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _checkedEpoch) == client.Epoch && client.IsConnected)
        {
            return;
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            // Asked for before the streams: what is found on this connection says nothing of the next.
            int epoch = client.Epoch;
            if (Volatile.Read(ref _checkedEpoch) == epoch && client.IsConnected)
            {
                return;
            }

            await EnsureAsync(Events(), cancellationToken);
            await EnsureAsync(Parked(), cancellationToken);
            Problem = null;
            Volatile.Write(ref _checkedEpoch, epoch);
        }
        catch (NatsJSApiException refused)
        {
            Problem = $"JetStream there refuses the streams: {refused.Error.Description}";
            throw;
        }
        catch (NatsNoRespondersException)
        {
            Problem = "no JetStream answers there; it is switched off, or its disk is full";
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The stream of events as it is now.</summary>
    public async Task<StreamInfo> InfoAsync(CancellationToken cancellationToken)
    {
        await EnsureAsync(cancellationToken);
        return (await client.JetStream.GetStreamAsync(NatsSubjects.Stream, cancellationToken: cancellationToken)).Info;
    }

    public void Dispose() => _gate.Dispose();

    private async Task EnsureAsync(StreamConfig wanted, CancellationToken cancellationToken)
    {
        try
        {
            INatsJSStream found = await client.JetStream.GetStreamAsync(wanted.Name!, cancellationToken: cancellationToken);
            string subject = wanted.Subjects!.First();
            if (found.Info.Config.Subjects?.Contains(subject) != true)
            {
                throw new SympoziumUnavailableException(
                    $"The stream '{wanted.Name}' on NATS at {client.Servers} does not take '{subject}'; add the subject to it, or remove the stream so that it is made anew.");
            }
        }
        catch (NatsJSApiException missing) when (missing.Error.Code == NotFound)
        {
            // Two processes may make it at once: the same configuration twice is no error.
            await client.JetStream.CreateStreamAsync(wanted, cancellationToken);
        }
    }

    private StreamConfig Events() => new(NatsSubjects.Stream, [NatsSubjects.All])
    {
        Description = "Events of Sympozium's runs",
        Retention = StreamConfigRetention.Limits,
        Storage = StreamConfigStorage.File,
        NumReplicas = options.Replicas,
        MaxAge = options.MaxAge,
        MaxBytes = options.MaxBytes,
        DuplicateWindow = options.DuplicateWindow,
        Discard = StreamConfigDiscard.Old,
    };

    private StreamConfig Parked() => new(NatsSubjects.ParkedStream, [NatsSubjects.AllParked])
    {
        Description = "Events that a consumer of Sympozium could not digest",
        Retention = StreamConfigRetention.Limits,
        Storage = StreamConfigStorage.File,
        NumReplicas = options.Replicas,
        MaxAge = options.ParkedMaxAge,
        MaxBytes = options.MaxBytes < 0 ? -1 : options.MaxBytes / 8,
        Discard = StreamConfigDiscard.Old,
    };
}
