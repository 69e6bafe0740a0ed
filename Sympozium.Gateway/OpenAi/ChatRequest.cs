using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Gateway.OpenAi;

/// <summary>A checked request of <c>POST /v1/chat/completions</c>. Sampling settings and unknown fields are ignored.</summary>
internal sealed record ChatRequest
{
    private static readonly HashSet<string> Roles = ["developer", "system", "user", "assistant", "tool", "function"];
    private static readonly HashSet<string> Parts = ["text", "image_url", "input_audio", "file", "refusal"];

    public required string Model { get; init; }

    /// <summary>The messages as they came.</summary>
    public required JsonArray Messages { get; init; }

    /// <summary>Text of the last user message.</summary>
    public required string Task { get; init; }

    public required bool Stream { get; init; }

    public required bool IncludeUsage { get; init; }

    /// <exception cref="ApiException">The request is wrong; names the field.</exception>
    public static ChatRequest Parse(ReadOnlyMemory<byte> body)
    {
        JsonObject request;
        try
        {
            request = JsonNode.Parse(body.Span) as JsonObject ?? throw ApiException.Invalid("The body must be a JSON object.", null);
            _ = request.Count;
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentException)
        {
            throw ApiException.Invalid($"The body is not valid JSON: {wrong.Message}", null);
        }

        string model = request["model"] is JsonValue named && named.TryGetValue(out string? name) && name.Length > 0
            ? name
            : throw ApiException.Invalid("'model' is required: the name of an instance, or namespace/name; GET /v1/models lists them.", "model");
        if (request["messages"] is not JsonArray { Count: > 0 } messages)
        {
            throw ApiException.Invalid("'messages' is required and must be a list with at least one message.", "messages");
        }

        CheckMessages(messages);
        JsonObject? lastUser = messages.OfType<JsonObject>().LastOrDefault(message => (string?)message["role"] == "user");
        if (lastUser is null)
        {
            throw ApiException.Invalid("'messages' has no message with role 'user'.", "messages");
        }

        CheckUnsupported(request);
        var parsed = new ChatRequest
        {
            Model = model,
            Messages = messages,
            Task = Text(lastUser["content"]),
            Stream = Flag(request, "stream"),
            IncludeUsage = request["stream_options"] is JsonObject streamOptions && Flag(streamOptions, "include_usage", "stream_options."),
        };
        request.Remove("messages");
        return parsed;
    }

    private static void CheckMessages(JsonArray messages)
    {
        for (int i = 0; i < messages.Count; i++)
        {
            string path = $"messages[{i}]";
            if (messages[i] is not JsonObject message)
            {
                throw ApiException.Invalid($"'{path}' must be an object with 'role' and 'content'.", path);
            }

            if (Word(message["role"]) is not { } role || !Roles.Contains(role))
            {
                throw ApiException.Invalid($"'{path}.role' must be one of {string.Join(", ", Roles)}.", $"{path}.role");
            }

            CheckContent(message, role, path);
            if (role == "tool" && Word(message["tool_call_id"]) is null)
            {
                throw ApiException.Invalid($"'{path}.tool_call_id' is required for role 'tool'.", $"{path}.tool_call_id");
            }
        }
    }

    private static void CheckContent(JsonObject message, string role, string path)
    {
        switch (message["content"])
        {
            case JsonValue text when text.GetValueKind() == JsonValueKind.String:
                return;
            case null when role == "assistant":
                return;
            case JsonArray { Count: > 0 } parts:
                for (int i = 0; i < parts.Count; i++)
                {
                    if (Word((parts[i] as JsonObject)?["type"]) is not { } type || !Parts.Contains(type))
                    {
                        throw ApiException.Invalid($"'{path}.content[{i}].type' must be one of {string.Join(", ", Parts)}.", $"{path}.content[{i}].type");
                    }
                }

                return;
            default:
                throw ApiException.Invalid($"'{path}.content' must be a string or a list of parts.", $"{path}.content");
        }
    }

    /// <summary>What would change the form of the answer is refused rather than ignored.</summary>
    private static void CheckUnsupported(JsonObject request)
    {
        if (request["n"] is { } n && !(n is JsonValue number && number.TryGetValue(out int count) && count == 1))
        {
            throw ApiException.Invalid("'n' must be 1: each call is one run with one answer.", "n", "unsupported_value");
        }

        if (request["logprobs"] is JsonValue logprobs && logprobs.GetValueKind() == JsonValueKind.True)
        {
            throw ApiException.Invalid("'logprobs' is not available from an agent.", "logprobs", "unsupported_value");
        }

        if (request["modalities"] is JsonArray modalities && modalities.Any(modality => Word(modality) != "text"))
        {
            throw ApiException.Invalid("'modalities' may only be [\"text\"].", "modalities", "unsupported_value");
        }

        if (request["audio"] is not null)
        {
            throw ApiException.Invalid("'audio' output is not available from an agent.", "audio", "unsupported_parameter");
        }

        if (request["tool_choice"] is JsonObject || Word(request["tool_choice"]) == "required")
        {
            throw ApiException.Invalid("'tool_choice' cannot force a call: an agent uses its own tools and returns text.", "tool_choice", "unsupported_value");
        }

        if (request["response_format"] is JsonObject format && Word(format["type"]) is not ("text" or "json_object"))
        {
            throw ApiException.Invalid("'response_format.type' may be text or json_object.", "response_format", "unsupported_value");
        }
    }

    private static bool Flag(JsonObject from, string key, string prefix = "") => from[key]?.GetValueKind() switch
    {
        null or JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.True => true,
        _ => throw ApiException.Invalid($"'{prefix}{key}' must be true or false.", $"{prefix}{key}"),
    };

    private static string? Word(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? word) ? word : null;

    private static string Text(JsonNode? content) => content switch
    {
        JsonValue value => value.GetValue<string>(),
        JsonArray parts => string.Join("\n", parts.Select(part => Word(part?["text"])).Where(text => text is not null)),
        _ => "",
    };
}
