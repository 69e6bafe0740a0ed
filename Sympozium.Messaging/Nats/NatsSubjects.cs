using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.Nats;

/// <summary>The streams and what is in them; subjects of events are <see cref="BusSubjects"/>, which pods know too.</summary>
internal static class NatsSubjects
{
    public const string Stream = "sympozium";
    public const string All = "sympozium.>";
    public const string ParkedStream = "sympozium-parked";
    public const string AllParked = "sympozium-parked.>";

    /// <summary>Where what <paramref name="consumer"/> could not digest is kept.</summary>
    public static string Parked(string consumer) => $"sympozium-parked.{BusSubjects.Token(consumer)}";

    /// <summary>Whether an event was published where it belongs. What a pod may publish is bound to its subjects; the envelope is only its word.</summary>
    public static bool Fits(string subject, BusEvent busEvent)
    {
        try
        {
            return subject == BusSubjects.For(busEvent);
        }
        catch (SympoziumInvalidException)
        {
            return false;
        }
    }
}
