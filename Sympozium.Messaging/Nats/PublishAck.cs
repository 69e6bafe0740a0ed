using System.Buffers;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Sympozium.Messaging.Nats;

/// <summary>JetStream's answer to a publish.</summary>
/// <param name="Error">Why the event was not stored; null when it was.</param>
internal readonly record struct PublishAck(ApiError? Error)
{
    /// <summary>Reads answers. Nearly all of them say that the event is stored, which one look at the bytes tells.</summary>
    public static INatsDeserialize<PublishAck> Reader { get; } = new AckReader();

    private sealed class AckReader : INatsDeserialize<PublishAck>
    {
        public PublishAck Deserialize(in ReadOnlySequence<byte> buffer)
        {
            ReadOnlySpan<byte> bytes = buffer.IsSingleSegment ? buffer.FirstSpan : buffer.ToArray();
            if (bytes.IndexOf("\"error\""u8) < 0 && bytes.IndexOf("\"seq\""u8) >= 0)
            {
                return default;
            }

            PubAckResponse? answer = NatsJSJsonSerializer<PubAckResponse>.Default.Deserialize(buffer);
            return new PublishAck(answer?.Error ?? new ApiError { Description = "JetStream's answer names no sequence" });
        }
    }
}
