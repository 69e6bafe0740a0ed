using Microsoft.Extensions.Logging;

namespace Sympozium.Messaging.Nats;

/// <summary>What the bus says about itself; never content of events.</summary>
internal static partial class NatsLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The event bus is not there yet (NATS at {Servers}); it is used as soon as it answers")]
    public static partial void NotYet(ILogger logger, Exception exception, string servers);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reading live events broke off; reading goes on after event {Sequence}")]
    public static partial void FeedBroke(ILogger logger, Exception exception, ulong sequence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Missing} events before {Sequence} were gone before this process read them; live subscribers start anew")]
    public static partial void FeedGap(ILogger logger, ulong missing, ulong sequence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The event stream starts anew at {First} (it ended at {Last} before); live subscribers start anew")]
    public static partial void StreamReplaced(ILogger logger, ulong first, ulong last);

    [LoggerMessage(Level = LogLevel.Warning, Message = "An event at {Subject} cannot be read and is skipped: {Problem}")]
    public static partial void Unreadable(ILogger logger, string subject, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consumer {Consumer} broke off; it goes on where it was")]
    public static partial void ConsumerBroke(ILogger logger, Exception exception, string consumer);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consumer {Consumer} failed on {Subject}, delivery {Deliveries}; it comes again in {Pause}")]
    public static partial void Again(ILogger logger, Exception exception, string consumer, string subject, int deliveries, TimeSpan pause);

    [LoggerMessage(Level = LogLevel.Error, Message = "Consumer {Consumer} set an event at {Subject} aside after {Deliveries} deliveries: {Reason}")]
    public static partial void Parked(ILogger logger, string consumer, string subject, int deliveries, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consumer {Consumer} could not tell the server what became of {Subject}; the server will send it again")]
    public static partial void AnswerLost(ILogger logger, Exception exception, string consumer, string subject);
}
