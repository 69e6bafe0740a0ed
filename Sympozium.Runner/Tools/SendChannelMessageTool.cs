using System.Text.Json;
using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Json;

namespace Sympozium.Runner.Tools;

/// <summary>Sends a message to one of the run's channels.</summary>
/// <param name="files">Where requests go.</param>
/// <param name="allowedChannels">Channels that messages may go to; null when nothing is enforced.</param>
internal sealed class SendChannelMessageTool(RequestFiles files, IReadOnlyList<string>? allowedChannels) : ITool
{
    private const int MaxTextLength = 100_000;

    /// <inheritdoc/>
    public string Name => "send_channel_message";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Definition => """
        {"name":"send_channel_message","description":"Sends a message to a channel of this agent. Without chatId it goes to the chat that the run came from.","parameters":{"type":"object","properties":{"channel":{"type":"string","description":"telegram, discord, slack, whatsapp or another configured channel"},"text":{"type":"string","description":"The message"},"chatId":{"type":"string"},"threadId":{"type":"string"}},"required":["channel","text"]}}
        """u8;

    /// <inheritdoc/>
    public ToolResult Execute(JsonElement arguments)
    {
        string channel = arguments.RequiredString("channel");
        string text = arguments.RequiredString("text");
        if (text.Length is 0 or > MaxTextLength)
        {
            throw new ToolException($"the text must have between 1 and {MaxTextLength} characters.");
        }

        if (allowedChannels is not null && !Contains(channel))
        {
            string allowed = allowedChannels.Count == 0 ? "none" : string.Join(", ", allowedChannels);
            throw new ToolException($"messages of this run may not go to the channel '{channel}'; allowed: {allowed}.");
        }

        var json = new JsonText(text.Length + 128);
        json.Raw("{\"channel\":"u8).String(channel);
        if (arguments.OptionalString("chatId") is { } chat)
        {
            json.Raw(",\"chatId\":"u8).String(chat);
        }

        if (arguments.OptionalString("threadId") is { } thread)
        {
            json.Raw(",\"threadId\":"u8).String(thread);
        }

        files.Write(IpcPaths.Messages, "send-", json.Raw(",\"text\":"u8).String(text).Raw("}"u8).Written);
        return new ToolResult($"The message to {channel} was handed over; delivery is not confirmed.");
    }

    private bool Contains(string channel)
    {
        foreach (string allowed in allowedChannels!)
        {
            if (string.Equals(allowed, channel, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
