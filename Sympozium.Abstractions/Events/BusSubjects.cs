namespace Sympozium.Abstractions.Events;

/// <summary>
/// Where events live on NATS: <c>sympozium.&lt;topic&gt;.&lt;namespace&gt;.&lt;run&gt;.&lt;uid&gt;</c>, without the uid when the publisher does not
/// know it. With the run and its uid in the subject, a server can restrict a pod to its own run, not to a later one of its name, and a reader
/// can filter there. Names of runs may hold dots, which separate tokens; they are written as underscores, which names cannot hold.
/// </summary>
public static class BusSubjects
{
    /// <summary>Subject of an event.</summary>
    /// <exception cref="SympoziumInvalidException">Topic, namespace, name or uid cannot be part of a subject.</exception>
    public static string For(BusEvent busEvent) => For(busEvent.Topic, busEvent.Metadata.RunKey, busEvent.Metadata.AgentRunUid);

    /// <summary>Subject of events of a topic about a run; <paramref name="uid"/> is null when it is not known.</summary>
    /// <exception cref="SympoziumInvalidException">Topic, namespace, name or uid cannot be part of a subject.</exception>
    public static string For(string topic, ResourceKey run, string? uid) => uid is null
        ? $"sympozium.{Dotted(topic)}.{Token(run.Namespace)}.{Token(run.Name)}"
        : $"sympozium.{Dotted(topic)}.{Token(run.Namespace)}.{Token(run.Name)}.{Token(uid)}";

    /// <summary>Every event of a topic.</summary>
    public static string Of(string topic) => $"sympozium.{Dotted(topic)}.>";

    /// <summary>Prefix of the inboxes that the clients in a run's pod must use: what it does not share with others, nobody else can listen to.</summary>
    public static string InboxPrefix(ResourceKey run) => $"_INBOX_{Token(run.Namespace)}_{Token(run.Name)}";

    /// <summary>A name as one token.</summary>
    /// <exception cref="SympoziumInvalidException">It has other characters than letters, digits, dashes and dots, or none.</exception>
    public static string Token(string name) => IsPlain(name)
        ? name.Replace('.', '_')
        : throw new SympoziumInvalidException($"'{name}' cannot be part of a NATS subject; expected letters, digits, dashes and dots.");

    private static string Dotted(string topic) => IsPlain(topic) && topic[0] != '.' && topic[^1] != '.' && !topic.Contains("..", StringComparison.Ordinal)
        ? topic
        : throw new SympoziumInvalidException($"'{topic}' is no topic; expected words of letters, digits and dashes with dots between them.");

    private static bool IsPlain(string text)
    {
        foreach (char character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '.'))
            {
                return false;
            }
        }

        return text.Length > 0;
    }
}
