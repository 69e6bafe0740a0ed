using System.Text;
using Sympozium.Runner.Http;
using Sympozium.Runner.Lifetime;

namespace Sympozium.Runner.Bridge;

/// <summary>Sends batches of events to the gateway, one at a time, again and again while it is away.</summary>
internal sealed class GatewayPublisher(HttpTarget gateway, BridgeOptions options, ProcessLifetime lifetime) : IEventPublisher
{
    private const int MaxErrorBytes = 4096;
    private readonly Dialer _dialer = new(lifetime, options.ConnectLimit, options.AnswerLimit);
    private readonly string _head = Head(gateway, options);
    private HttpConnection? _connection;

    /// <inheritdoc/>
    public void Publish(EventBatch batch)
    {
        if (Send(batch.ToArray()) || batch.Count == 1)
        {
            return;
        }

        // One event that the gateway refuses must not take the others of its batch along.
        for (int i = 0; i < batch.Count; i++)
        {
            PublishSingle(batch, i);
        }
    }

    /// <summary>Sends one event of a batch; returns when the gateway has decided about it.</summary>
    /// <exception cref="StoppedException">The process must stop before.</exception>
    public void PublishSingle(EventBatch batch, int index) => _ = Send([(byte)'[', .. batch.Event(index), (byte)']']);

    /// <summary>Whether the gateway took them, rather than refused them for good.</summary>
    private bool Send(ReadOnlySpan<byte> batch)
    {
        for (int failures = 1; ; failures++)
        {
            string problem;
            try
            {
                (int status, string message) = Exchange(batch);
                if (status is >= 200 and < 300)
                {
                    return true;
                }

                problem = $"The gateway answered a publish with status {status}: {message}";
                if (status is not (408 or 425 or 429) and < 500)
                {
                    RunnerLog.Error(problem);
                    return false;
                }
            }
            catch (Exception e) when (e is TransportException or ProtocolException)
            {
                problem = e.Message;
                Drop();
            }

            TimeSpan pause = options.Backoff(failures);
            RunnerLog.Error($"bus: {problem} Trying again in {pause.TotalMilliseconds:0} ms (failure {failures}).");
            lifetime.Wait(pause);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Drop();

    private static string Head(HttpTarget gateway, BridgeOptions options)
    {
        var head = new StringBuilder();
        head.Append("POST ").Append(gateway.PathPrefix).Append("/bus/v1/publish HTTP/1.1\r\n");
        head.Append("Host: ").Append(gateway.HostHeader).Append("\r\nContent-Type: application/json\r\n");
        if (options.Token is not null)
        {
            head.Append("Authorization: Bearer ").Append(options.Token).Append("\r\n");
        }

        return head.ToString();
    }

    private (int Status, string Message) Exchange(ReadOnlySpan<byte> batch)
    {
        if (_connection is not null && _connection.TryFinish())
        {
            try
            {
                return Exchange(_connection, batch);
            }
            catch (TransportException) when (!_connection.HasResponseBegun)
            {
                // The idle connection was closed. Sending again is safe: events have ids.
                Drop();
            }
        }

        Drop();
        _connection = new HttpConnection(_dialer.Connect(gateway));
        return Exchange(_connection, batch);
    }

    private (int Status, string Message) Exchange(HttpConnection connection, ReadOnlySpan<byte> batch)
    {
        connection.Send(_head, batch);
        HttpResponse response = connection.ReadHead();
        string message = response.Status is >= 200 and < 300 ? "" : Encoding.UTF8.GetString(connection.ReadAll(MaxErrorBytes));
        return (response.Status, message);
    }

    private void Drop()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
