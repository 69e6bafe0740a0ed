using System.Text.Json.Nodes;

namespace Sympozium.Cli.ModelStub;

/// <summary>What a piece of an answer is.</summary>
internal enum PieceKind
{
    Think,
    Text,
    ToolStart,
    ToolArguments,
}

/// <summary>One piece of an answer; <paramref name="Tool"/> counts the tool calls of the answer from 0.</summary>
internal readonly record struct Piece(PieceKind Kind, string Text, int Tool = 0, string Id = "", string Name = "");

/// <summary>A turn of the script, filled in for one request and cut into pieces.</summary>
internal sealed record Reply
{
    private const int ArgumentPieceLength = 16;

    public required string Id { get; init; }

    public required string Model { get; init; }

    public required long Created { get; init; }

    public required IReadOnlyList<Piece> Pieces { get; init; }

    /// <summary>In OpenAI's words.</summary>
    public required string Finish { get; init; }

    /// <summary>Null when the script says that none is reported.</summary>
    public required ScriptedUsage? Usage { get; init; }

    public static Reply Make(Turn turn, Conversation conversation, int number, DateTimeOffset now)
    {
        var pieces = new List<Piece>();
        pieces.AddRange(turn.Think.SelectMany(text => Words(conversation.Fill(text))).Select(text => new Piece(PieceKind.Think, text)));
        pieces.AddRange(turn.Say.Select(conversation.Fill).SelectMany(text => turn.SplitWords ? Words(text) : [text]).Select(text => new Piece(PieceKind.Text, text)));
        int spoken = pieces.Sum(piece => piece.Text.Length);
        for (int i = 0; i < turn.ToolCalls.Count; i++)
        {
            string arguments = Arguments(turn.ToolCalls[i], conversation);
            spoken += arguments.Length;
            pieces.Add(new Piece(PieceKind.ToolStart, "", i, $"call_{conversation.MessageCount}_{i}", turn.ToolCalls[i].Name));
            pieces.AddRange(arguments.Chunk(ArgumentPieceLength).Select(part => new Piece(PieceKind.ToolArguments, new string(part), i)));
        }

        return new Reply
        {
            Id = $"{number:x8}",
            Model = conversation.Model,
            Created = now.ToUnixTimeSeconds(),
            Pieces = pieces,
            Finish = turn.Finish ?? (turn.ToolCalls.Count > 0 ? "tool_calls" : "stop"),
            Usage = turn.ReportsUsage ? turn.Usage ?? new ScriptedUsage(conversation.PromptTokens, Conversation.Tokens(spoken)) : null,
        };
    }

    /// <summary>All text of one kind.</summary>
    public string Join(PieceKind kind, int tool = 0) =>
        string.Concat(Pieces.Where(piece => piece.Kind == kind && piece.Tool == tool).Select(piece => piece.Text));

    private static string Arguments(ScriptedToolCall call, Conversation conversation)
    {
        if (call.Raw is not null)
        {
            return conversation.Fill(call.Raw);
        }

        return call.Arguments is null ? "{}" : Fill(call.Arguments, conversation)!.ToJsonString();
    }

    private static JsonNode? Fill(JsonNode? node, Conversation conversation) => node switch
    {
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Fill(pair.Value, conversation)))),
        JsonArray list => new JsonArray([.. list.Select(item => Fill(item, conversation))]),
        JsonValue value when value.TryGetValue(out string? text) => JsonValue.Create(conversation.Fill(text)),
        _ => node?.DeepClone(),
    };

    /// <summary>Cuts a text after each run of white space, losing nothing.</summary>
    private static IEnumerable<string> Words(string text)
    {
        int start = 0;
        for (int i = 1; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i - 1]) && !char.IsWhiteSpace(text[i]))
            {
                yield return text[start..i];
                start = i;
            }
        }

        if (start < text.Length)
        {
            yield return text[start..];
        }
    }
}
