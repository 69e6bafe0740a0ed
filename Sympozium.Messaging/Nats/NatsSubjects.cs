using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.Nats;

/// <summary>
/// Where events live: <c>sympozium.&lt;topic&gt;.&lt;namespace&gt;.&lt;run&gt;</c>. With the run in the subject, a server can restrict
/// a pod to its own run and a reader can filter there. Names of runs may hold dots, which separate tokens; they are written as
/// underscores, which names cannot hold.
/// </summary>
internal static class NatsSubjects
{
    public const string Stream = "sympozium";
    public const string All = "sympozium.>";
    public const string ParkedStream = "sympozium-parked";
    public const string AllParked = "sympozium-parked.>";

    /// <summary>Subject of an event about a run.</summary>
    /// <exception cref="SympoziumInvalidException">Topic, namespace or name cannot be part of a subject.</exception>
    public static string For(string topic, ResourceKey run) => $"sympozium.{Dotted(topic)}.{Token(run.Namespace)}.{Token(run.Name)}";

    /// <summary>Every event of a topic.</summary>
    public static string Of(string topic) => $"sympozium.{Dotted(topic)}.>";

    /// <summary>Where what <paramref name="consumer"/> could not digest is kept.</summary>
    public static string Parked(string consumer) => $"sympozium-parked.{Token(consumer)}";

    /// <summary>Whether an event was published where it belongs. What a pod may publish is bound to its subjects; the envelope is only its word.</summary>
    public static bool Fits(string subject, BusEvent busEvent)
    {
        try
        {
            return subject == For(busEvent.Topic, busEvent.Metadata.RunKey);
        }
        catch (SympoziumInvalidException)
        {
            return false;
        }
    }

    private static string Token(string name) => name.Length > 0 && name.All(IsPlain)
        ? name.Replace('.', '_')
        : throw new SympoziumInvalidException($"'{name}' cannot be part of a NATS subject; expected letters, digits, dashes and dots.");

    private static string Dotted(string topic) => topic.Length > 0 && topic[0] != '.' && topic[^1] != '.' && topic.All(IsPlain) && !topic.Contains("..", StringComparison.Ordinal)
        ? topic
        : throw new SympoziumInvalidException($"'{topic}' is no topic; expected words of letters, digits and dashes with dots between them.");

    private static bool IsPlain(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '.';
}
