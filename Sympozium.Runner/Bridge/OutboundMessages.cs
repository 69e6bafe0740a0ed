using Sympozium.Runner.Json;
using Sympozium.Runner.Lifetime;

namespace Sympozium.Runner.Bridge;

/// <summary>What may leave the pod as a channel message: only to allowed channels, and never under another name or face.</summary>
internal static class OutboundMessages
{
    /// <summary>The message as it may go out; null when it may not.</summary>
    /// <param name="message">A JSON object.</param>
    /// <param name="allowed">Allowed channels; null enforces nothing.</param>
    /// <param name="name">Name of its file, for the log.</param>
    public static byte[]? Filter(ReadOnlySpan<byte> message, IReadOnlyList<string>? allowed, string name)
    {
        var result = new JsonText(message.Length);
        string? channel = null;
        var cursor = new JsonCursor(message);
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> raw))
        {
            string property = JsonCursor.Unescape(raw);
            ReadOnlySpan<byte> value = cursor.Skip();
            if (property is "username" or "iconUrl" or "iconEmoji")
            {
                continue;
            }

            if (property == "channel" && value[0] == '"')
            {
                channel = JsonCursor.Unescape(value[1..^1]);
            }

            result.Raw(result.Length == 0 ? "{"u8 : ","u8).String(property).Raw(":"u8).Raw(value);
        }

        if (string.IsNullOrEmpty(channel))
        {
            RunnerLog.Error($"The message '{name}' names no channel; it is dropped.");
            return null;
        }

        if (allowed is not null && !Contains(allowed, channel))
        {
            RunnerLog.Error($"The message '{name}' goes to the channel '{channel}', which this run may not use; it is dropped.");
            return null;
        }

        return result.Raw("}"u8).ToArray();
    }

    private static bool Contains(IReadOnlyList<string> allowed, string channel)
    {
        foreach (string candidate in allowed)
        {
            if (string.Equals(candidate, channel, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
