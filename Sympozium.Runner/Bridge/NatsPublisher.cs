using System.Globalization;
using System.Text;
using Sympozium.Abstractions.Events;
using Sympozium.Runner.Http;
using Sympozium.Runner.Json;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Nats;

namespace Sympozium.Runner.Bridge;

/// <summary>
/// Publishes events on NATS JetStream with the run's own credentials. An event is done when the stream has stored it; what has no answer is sent
/// again with the same id. What is larger than the server takes goes through the gateway.
/// </summary>
internal sealed class NatsPublisher(NatsServers servers, BridgeOptions options, ProcessLifetime lifetime) : IEventPublisher
{
    /// <summary>JetStream's code for a message that the stream never takes (https://github.com/nats-io/nats-server, errors.json).</summary>
    private const long TooLarge = 10054;

    /// <summary>Most bytes of the headers that are added to an event.</summary>
    private const int HeaderRoom = 1024;

    private readonly Dialer _dialer = new(lifetime, options.ConnectLimit, options.AnswerLimit);
    private readonly string _inbox = $"{BusSubjects.InboxPrefix(servers.Run)}.{Guid.NewGuid():N}";
    private NatsConnection? _connection;
    private bool _isUsed;
    private GatewayPublisher? _gateway;

    /// <inheritdoc/>
    public void Publish(EventBatch batch)
    {
        var done = new bool[batch.Count];
        for (int failures = 0; ;)
        {
            string? problem = TryPublish(batch, done);
            if (Array.TrueForAll(done, static isDone => isDone))
            {
                return;
            }

            if (problem is null)
            {
                // Some went through the gateway, or an idle connection was closed: on with the rest.
                continue;
            }

            failures++;
            TimeSpan pause = options.Backoff(failures);
            RunnerLog.Error($"bus: {problem} Trying again in {pause.TotalMilliseconds:0} ms (failure {failures}).");
            lifetime.Wait(pause);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Drop();
        _gateway?.Dispose();
    }

    /// <summary>Sends what is not done; returns why something is left, null when nothing speaks against going on at once.</summary>
    private string? TryPublish(EventBatch batch, bool[] done)
    {
        bool wasUsed = _isUsed;
        try
        {
            NatsConnection connection = _connection ??= Connect();
            int sent = Send(connection, batch, done);
            string? problem = null;
            long start = lifetime.Clock.GetTimestamp();
            while (sent > 0)
            {
                if (lifetime.Clock.GetElapsedTime(start) > options.AnswerLimit)
                {
                    throw new TransportException($"NATS did not confirm {sent} events within {options.AnswerLimit.TotalSeconds:0} seconds.");
                }

                sent -= Take(connection, batch, done, ref problem);
                _isUsed = true;
            }

            return problem;
        }
        catch (Exception e) when (e is TransportException or ProtocolException or NatsErrorException)
        {
            Drop();
            return wasUsed && e is TransportException ? null : e.Message;
        }
    }

    private NatsConnection Connect()
    {
        NatsConnection connection = NatsConnection.Open(_dialer, servers);
        connection.Subscribe($"{_inbox}.*", 1);
        return connection;
    }

    private int Send(NatsConnection connection, EventBatch batch, bool[] done)
    {
        int sent = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            if (done[i])
            {
                continue;
            }

            if (batch.Event(i).Length + HeaderRoom > connection.MaxPayload)
            {
                // In order: what was said before a result must be out by then.
                if (sent > 0)
                {
                    break;
                }

                PublishLarge(batch, i, connection.MaxPayload);
                done[i] = true;
                continue;
            }

            string headers = batch.Id(i) is { } id ? $"Nats-Msg-Id: {id}\r\n" : "";
            headers += options.TraceParent is { } trace ? $"traceparent: {trace}\r\n" : "";
            connection.Publish(servers.Subject(batch.Topic(i)), $"{_inbox}.{i.ToString(CultureInfo.InvariantCulture)}", headers, batch.Event(i));
            sent++;
        }

        connection.Flush();
        return sent;
    }

    private void PublishLarge(EventBatch batch, int index, int most)
    {
        if (options.Gateway is not { } gateway)
        {
            RunnerLog.Error($"The file '{batch.Files[index].Name}' is larger than the {most} bytes that NATS takes, and there is no gateway to send it through; it is not published.");
            return;
        }

        _gateway ??= new GatewayPublisher(gateway, options, lifetime);
        _gateway.PublishSingle(batch, index);
    }

    /// <summary>Takes one answer; returns how many events it is about.</summary>
    private int Take(NatsConnection connection, EventBatch batch, bool[] done, ref string? problem)
    {
        try
        {
            if (connection.Read() is not { } answer
                || !int.TryParse(answer.Subject.AsSpan(answer.Subject.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                || index >= done.Length || done[index])
            {
                return 0;
            }

            (bool isDone, string? refusal) = Read(answer);
            done[index] = isDone;
            if (isDone && refusal is not null)
            {
                RunnerLog.Error($"NATS refuses the event of '{batch.Files[index].Name}': {refusal} It is not published.");
            }

            problem ??= isDone ? null : refusal;
            return 1;
        }
        catch (NatsErrorException e) when (e.IsDenied)
        {
            int denied = 0;
            for (int i = 0; i < done.Length; i++)
            {
                if (!done[i] && e.IsAbout(servers.Subject(batch.Topic(i))))
                {
                    // One answer for each publish; the next ones come by themselves.
                    done[i] = true;
                    denied++;
                    break;
                }
            }

            RunnerLog.Error($"{e.Message} What it is about is not published.");
            return denied;
        }
    }

    /// <summary>Whether the event needs no further try, and what the server said against it.</summary>
    private static (bool IsDone, string? Refusal) Read(NatsMessage answer)
    {
        if (answer.Status != 0)
        {
            return (false, answer.Status == 503 ? "NATS has no stream for events yet." : $"NATS answered a publish with status {answer.Status}.");
        }

        if (JsonCursor.Check(answer.Payload) != JsonKind.Object)
        {
            return (false, "NATS answered a publish with something that is not JSON.");
        }

        var cursor = new JsonCursor(answer.Payload);
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> name))
        {
            ReadOnlySpan<byte> value = cursor.Skip();
            if (name.SequenceEqual("error"u8))
            {
                string error = Encoding.UTF8.GetString(value);
                return (error.Contains(TooLarge.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), $"NATS did not store an event: {error}.");
            }
        }

        return (true, null);
    }

    private void Drop()
    {
        _connection?.Dispose();
        _connection = null;
        _isUsed = false;
    }
}
