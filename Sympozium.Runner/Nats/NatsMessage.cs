namespace Sympozium.Runner.Nats;

/// <summary>A message that came.</summary>
/// <param name="Subject">Where it was published.</param>
/// <param name="Status">Status of the server's own answers, such as 503 when nobody takes what was published; 0 for all others.</param>
/// <param name="Payload">Its content.</param>
internal readonly record struct NatsMessage(string Subject, int Status, byte[] Payload);
