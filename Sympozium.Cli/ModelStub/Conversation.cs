using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Sympozium.Cli.ModelStub;

/// <summary>
/// What the script needs to know of a request, in either dialect: the last message of the user, what happened since, and thus
/// which turn is due. Everything is derived from the request, so the same request always gets the same answer.
/// </summary>
internal sealed record Conversation
{
    private const int CharactersPerToken = 4;

    public required string Model { get; init; }

    public required bool Stream { get; init; }

    public bool IncludeUsage { get; init; }

    public required string LastUser { get; init; }

    /// <summary>Assistant messages with tool calls since the last user message.</summary>
    public required int TurnIndex { get; init; }

    public required int MessageCount { get; init; }

    /// <summary>Results of tools since the last user message, with the tool's name.</summary>
    public required IReadOnlyList<(string Tool, string Text)> ToolResults { get; init; }

    /// <summary>Estimate of the prompt's size in tokens.</summary>
    public required long PromptTokens { get; init; }

    public static Conversation Read(JsonObject body)
    {
        JsonArray messages = body["messages"] as JsonArray ?? [];
        int lastUser = -1;
        for (int i = 0; i < messages.Count; i++)
        {
            if (IsUser(messages[i]))
            {
                lastUser = i;
            }
        }

        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var results = new List<(string, string)>();
        int turn = 0;
        for (int i = lastUser + 1; i < messages.Count; i++)
        {
            turn += ReadToolCalls(messages[i], names) ? 1 : 0;
            ReadToolResults(messages[i], names, results);
        }

        return new Conversation
        {
            Model = (string?)body["model"] ?? "",
            Stream = body["stream"]?.GetValue<bool>() ?? false,
            IncludeUsage = body["stream_options"]?["include_usage"]?.GetValue<bool>() ?? false,
            LastUser = lastUser < 0 ? "" : Text(messages[lastUser]?["content"]),
            TurnIndex = turn,
            MessageCount = messages.Count,
            ToolResults = results,
            PromptTokens = Tokens(messages.Sum(message => Text(message?["content"]).Length)),
        };
    }

    public static long Tokens(int characters) => Math.Max(1, characters / CharactersPerToken);

    /// <summary>Replaces the placeholders of a script's text.</summary>
    public string Fill(string text)
    {
        if (!text.Contains("{{", StringComparison.Ordinal))
        {
            return text;
        }

        var filled = new StringBuilder(text)
            .Replace("{{lastUser}}", LastUser)
            .Replace("{{toolResults}}", string.Join("\n", ToolResults.Select(result => result.Text)))
            .Replace("{{messageCount}}", MessageCount.ToString(CultureInfo.InvariantCulture))
            .Replace("{{model}}", Model);
        foreach ((string tool, string result) in ToolResults.Reverse())
        {
            filled.Replace($"{{{{toolResult.{tool}}}}}", result);
        }

        return filled.ToString();
    }

    private static bool IsUser(JsonNode? message) =>
        (string?)message?["role"] == "user"
        && (message["content"] is not JsonArray parts || parts.Count == 0 || parts.Any(part => (string?)part?["type"] != "tool_result"));

    private static bool ReadToolCalls(JsonNode? message, Dictionary<string, string> names)
    {
        var calls = message?["tool_calls"] as JsonArray ?? [];
        var uses = (message?["content"] as JsonArray ?? []).Where(part => (string?)part?["type"] == "tool_use").ToList();
        foreach (JsonNode? call in calls)
        {
            AddName(names, call?["id"], call?["function"]?["name"]);
        }

        foreach (JsonNode? use in uses)
        {
            AddName(names, use?["id"], use?["name"]);
        }

        return calls.Count + uses.Count > 0;
    }

    private static void AddName(Dictionary<string, string> names, JsonNode? id, JsonNode? name) => names[(string?)id ?? ""] = (string?)name ?? "";

    private static void ReadToolResults(JsonNode? message, Dictionary<string, string> names, List<(string, string)> results)
    {
        if ((string?)message?["role"] == "tool")
        {
            results.Add((names.GetValueOrDefault((string?)message["tool_call_id"] ?? "", ""), Text(message["content"])));
        }

        foreach (JsonNode? part in message?["content"] as JsonArray ?? [])
        {
            if ((string?)part?["type"] == "tool_result")
            {
                results.Add((names.GetValueOrDefault((string?)part["tool_use_id"] ?? "", ""), Text(part["content"])));
            }
        }
    }

    private static string Text(JsonNode? content) => content switch
    {
        JsonValue value when value.TryGetValue(out string? text) => text,
        JsonArray parts => string.Join("\n", parts.Select(part => (string?)part?["text"]).Where(text => text is not null)),
        _ => "",
    };
}
