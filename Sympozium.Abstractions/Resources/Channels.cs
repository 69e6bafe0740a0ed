using System.ComponentModel;
using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Resources;

/// <summary>A channel that the agent listens on and answers in.</summary>
public sealed record ChannelSpec
{
    /// <summary>Kind of channel.</summary>
    [AllowedWords("telegram", "slack", "discord", "whatsapp")]
    public required string Type { get; init; }

    /// <summary>Credentials of the channel.</summary>
    public AuthReference? ConfigRef { get; init; }

    /// <summary>Who may talk to the agent.</summary>
    public ChannelAccessSpec? AccessControl { get; init; }

    /// <summary>Words that silence and wake the agent in a chat.</summary>
    public ChannelTriggersSpec? Triggers { get; init; }

    /// <summary>Settings of Slack.</summary>
    public SlackSpec? Slack { get; init; }

    /// <summary>Further volumes of the channel's pod.</summary>
    [PassedThrough(typeof(VolumeShape))]
    [Items(Key = "name")]
    public IReadOnlyList<JsonObject>? Volumes { get; init; }

    /// <summary>Further mounts of the channel's container.</summary>
    [PassedThrough(typeof(VolumeMountShape))]
    [Items(Key = "mountPath")]
    public IReadOnlyList<JsonObject>? VolumeMounts { get; init; }
}

/// <summary>Who may talk to an agent over a channel. Chats are asked first, then allowed senders, then denied ones.</summary>
public sealed record ChannelAccessSpec
{
    /// <summary>Ids of the senders who may; empty means all.</summary>
    public IReadOnlyList<string>? AllowedSenders { get; init; }

    /// <summary>Ids of the senders who may not.</summary>
    public IReadOnlyList<string>? DeniedSenders { get; init; }

    /// <summary>Ids of the chats in which the agent answers; empty means all.</summary>
    public IReadOnlyList<string>? AllowedChats { get; init; }

    /// <summary>What those hear who may not; default nothing.</summary>
    public string? DenyMessage { get; init; }
}

/// <summary>Words that silence and wake an agent in a chat; upper and lower case are the same.</summary>
public sealed record ChannelTriggersSpec
{
    /// <summary>Words that silence it.</summary>
    public IReadOnlyList<string>? StopKeywords { get; init; }

    /// <summary>Words that wake it.</summary>
    public IReadOnlyList<string>? StartKeywords { get; init; }
}

/// <summary>Settings of Slack. An emoji of none means no reaction.</summary>
public sealed record SlackSpec
{
    /// <summary>Reaction to a message that is being worked on.</summary>
    [DefaultValue("eyes")]
    public string? EmojiOnTrigger { get; init; }

    /// <summary>Reaction to a word that silences the agent.</summary>
    [DefaultValue("mute")]
    public string? EmojiOnStop { get; init; }

    /// <summary>Reaction to a word that wakes the agent.</summary>
    [DefaultValue("loud_sound")]
    public string? EmojiOnStart { get; init; }

    /// <summary>Whether answers go into the message's thread.</summary>
    public bool? Threading { get; init; }

    /// <summary>Which messages the agent takes up; empty means all: mention, dm, channel.</summary>
    [AllowedWords("mention", "dm", "channel")]
    public IReadOnlyList<string>? AllowedTriggers { get; init; }

    /// <summary>Whether a thread that began with a mention goes on without one.</summary>
    public bool? ThreadStickiness { get; init; }
}
