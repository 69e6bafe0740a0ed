using System.Text;
using Sympozium.Abstractions.Runs;
using Sympozium.Runner.Http;
using Sympozium.Runner.Lifetime;

namespace Sympozium.Runner.Agent;

/// <summary>
/// Asks the broker for one answer at a time. What may pass (no connection, 429, 5xx, a stream that breaks off) is repeated from the start
/// of the round: the control plane may be restarting. What will not pass ends the run with its reason.
/// </summary>
internal sealed class ModelClient(AgentOptions options, ProcessLifetime lifetime, StreamWriter stream) : IDisposable
{
    private const int MaxErrorBytes = 64 * 1024;
    private readonly Dialer _dialer = new(lifetime, options.ConnectLimit, options.IdleLimit);
    private readonly byte[] _portion = new byte[16 * 1024];
    private readonly string _head = Head(options);
    private HttpConnection? _connection;

    /// <summary>Gets the answer to a conversation.</summary>
    /// <param name="request">Body of the request.</param>
    /// <param name="round">Which round it is, from 1.</param>
    /// <exception cref="ModelFailureException">There will be none.</exception>
    public ModelTurn Complete(ReadOnlyMemory<byte> request, int round)
    {
        long firstFailure = 0;
        int failures = 0;
        int rubbish = 0;
        while (true)
        {
            var turn = new TurnAssembler(stream, round);
            ModelAttemptException failure;
            try
            {
                return Attempt(request, turn);
            }
            catch (ModelAttemptException e)
            {
                failure = e;
            }
            catch (TransportException e)
            {
                failure = new ModelAttemptException(e.Message, isRubbish: false, inner: e);
            }
            catch (ProtocolException e)
            {
                failure = new ModelAttemptException(e.Message, isRubbish: true, inner: e);
            }

            Drop();
            stream.Flush();
            if (turn.HasStreamed)
            {
                stream.Reset();
            }

            firstFailure = failures++ == 0 ? lifetime.Clock.GetTimestamp() : firstFailure;
            rubbish += failure.IsRubbish ? 1 : 0;
            if (rubbish >= options.MaxRubbish)
            {
                throw new ModelFailureException(
                    RunFailureReasons.ModelError, $"{failure.Message} It was tried {failures} times.", failure);
            }

            Pause(failure, failures, lifetime.Clock.GetElapsedTime(firstFailure));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Drop();

    private static string Head(AgentOptions options)
    {
        var head = new StringBuilder();
        head.Append("POST ").Append(options.Broker.PathPrefix).Append("/chat/completions HTTP/1.1\r\n");
        head.Append("Host: ").Append(options.Broker.HostHeader).Append("\r\n");
        head.Append("Content-Type: application/json\r\nAccept: text/event-stream\r\nUser-Agent: sympozium-runner\r\n");
        if (options.Token is not null)
        {
            head.Append("Authorization: Bearer ").Append(options.Token).Append("\r\n");
        }

        if (options.TraceParent is not null)
        {
            head.Append("traceparent: ").Append(options.TraceParent).Append("\r\n");
        }

        return head.ToString();
    }

    private void Pause(ModelAttemptException failure, int failures, TimeSpan failingFor)
    {
        double factor = Math.Min(Math.Pow(2, failures - 1), 1e6) * (0.5 + (Random.Shared.NextDouble() / 2));
        TimeSpan pause = failure.RetryAfterSeconds is int seconds
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.FromTicks(Math.Min((long)(options.FirstBackoff.Ticks * factor), options.LongestBackoff.Ticks));
        if (failingFor + pause > options.RetryWindow)
        {
            throw new ModelFailureException(
                failure.IsRubbish ? RunFailureReasons.ModelError : RunFailureReasons.ModelUnavailable,
                $"{failure.Message} It was tried {failures} times in {failingFor.TotalSeconds:0} seconds.",
                failure);
        }

        RunnerLog.Error($"model: {failure.Message} Trying again in {pause.TotalSeconds:0.0} s (failure {failures}).");
        lifetime.Wait(pause);
    }

    private ModelTurn Attempt(ReadOnlyMemory<byte> request, TurnAssembler turn)
    {
        HttpResponse response = Exchange(request.Span);
        HttpConnection connection = _connection!;
        if (response.Status != 200)
        {
            throw Refusal(response, ModelError.ReadBody(connection.ReadAll(MaxErrorBytes)));
        }

        if (response.ContentType == "text/event-stream")
        {
            ReadStream(connection, turn);
        }
        else if (response.ContentType == "application/json")
        {
            turn.Take(connection.ReadAll(options.MaxEventBytes));
            stream.Flush();
        }
        else
        {
            throw new ModelAttemptException(
                $"The model answered with content type '{response.ContentType}' instead of text/event-stream.", isRubbish: true);
        }

        return turn.IsFinished ? turn.Build() : throw new ModelAttemptException("The model's answer broke off before its end.", isRubbish: false);
    }

    private void ReadStream(HttpConnection connection, TurnAssembler turn)
    {
        var events = new SseReader(options.MaxEventBytes);
        SseReader.EventHandler take = turn.Take;
        while (!turn.IsDone)
        {
            int count;
            try
            {
                count = connection.ReadBody(_portion);
            }
            catch (TransportException) when (turn.IsFinished)
            {
                // Nothing that matters can follow a finish reason but the usage, which is the broker's to count.
                Drop();
                return;
            }

            if (count == 0)
            {
                return;
            }

            events.Push(_portion.AsSpan(0, count), take);
            stream.Flush();
        }
    }

    private HttpResponse Exchange(ReadOnlySpan<byte> request)
    {
        if (_connection is not null && _connection.TryFinish())
        {
            try
            {
                _connection.Send(_head, request);
                return _connection.ReadHead();
            }
            catch (TransportException) when (!_connection.HasResponseBegun)
            {
                // The server closed the idle connection; that is no failure of the model. A new one follows.
                Drop();
            }
        }

        Drop();
        _connection = new HttpConnection(_dialer.Connect(options.Broker));
        _connection.Send(_head, request);
        return _connection.ReadHead();
    }

    private static Exception Refusal(HttpResponse response, ModelError error)
    {
        string message = $"The model call was answered with status {response.Status}: {error.Message}";
        bool mayPass = response.ShouldRetry ?? (response.Status is 408 or 425 or 429 or >= 500);

        // The broker has tried as often as makes sense before it gives one of the reasons, unless it asks to come back.
        bool isDecided = response.ShouldRetry is null && response.RetryAfterSeconds is null;
        if (error.Reason is not null && (!mayPass || isDecided))
        {
            return new ModelFailureException(error.Reason, error.Message);
        }

        return mayPass
            ? new ModelAttemptException(message, isRubbish: false, response.RetryAfterSeconds)
            : new ModelFailureException(RunFailureReasons.ModelRejected, message);
    }

    private void Drop()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
