using NATS.Client.Core;
using NATS.Client.JetStream;
using Sympozium.Abstractions;

namespace Sympozium.Messaging.Nats;

/// <summary>Turns what the client library throws into what callers of the bus know.</summary>
internal static class NatsFailures
{
    /// <summary>Whether it is a failure of NATS, or the time limit <paramref name="limit"/>, rather than the caller's cancellation or our own bug.</summary>
    public static bool IsUnavailable(Exception failure, CancellationToken limit, CancellationToken cancellationToken) => failure switch
    {
        SympoziumUnavailableException => false,
        OperationCanceledException => limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested,
        NatsException or TimeoutException or IOException => true,
        _ => false,
    };

    public static SympoziumUnavailableException Unavailable(string what, NatsClient client, TimeSpan waited, Exception failure)
    {
        string? why = failure switch
        {
            NatsJSApiException api => api.Error.Description,
            OperationCanceledException or TimeoutException when !client.IsConnected => client.Failure is { } cause ? $"there is no connection: {cause}" : "there is no connection",
            OperationCanceledException or TimeoutException => "it did not answer",
            NatsNoRespondersException => "no JetStream answers there; start the server with JetStream (-js)",
            _ => failure.Message,
        };
        return new SympoziumUnavailableException(
            $"{what}: NATS at {client.Servers}: {why} (waited {waited.TotalSeconds:0.#} s at most). It is tried again when the caller does.", failure);
    }
}
