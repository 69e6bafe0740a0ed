using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Gateway.OpenAi;

namespace Sympozium.Gateway.Broker.Anthropic;

/// <summary>Translates a Chat Completions request into a Messages request (https://docs.anthropic.com/en/api/messages).</summary>
internal static class AnthropicRequest
{
    /// <exception cref="ApiException">The request holds something that the Messages API has no word for.</exception>
    public static JsonObject From(JsonObject request, string model, int defaultMaxTokens)
    {
        var result = new JsonObject
        {
            ["model"] = model,
            ["max_tokens"] = Clone(request["max_completion_tokens"] ?? request["max_tokens"]) ?? defaultMaxTokens,
        };
        var system = new JsonArray();
        var messages = new MessageList();
        foreach (JsonObject message in (request["messages"] as JsonArray ?? []).OfType<JsonObject>())
        {
            Add(message, system, messages);
        }

        if (system.Count > 0)
        {
            result["system"] = system;
        }

        result["messages"] = messages.Finish();
        AddTools(request, result);
        AddSettings(request, result);
        return result;
    }

    private static void Add(JsonObject message, JsonArray system, MessageList messages)
    {
        switch ((string?)message["role"])
        {
            case "system" or "developer":
                AddParts(message["content"], system);
                break;
            case "assistant":
                JsonArray said = messages.Open("assistant");
                AddParts(message["content"], said);
                AddToolUses(message["tool_calls"] as JsonArray, said);
                break;
            case "tool":
                var content = new JsonArray();
                AddParts(message["content"], content);
                messages.Open("user").Add((JsonNode)new JsonObject
                {
                    ["type"] = "tool_result",
                    ["tool_use_id"] = Clone(message["tool_call_id"]),
                    ["content"] = content,
                });
                break;
            default:
                AddParts(message["content"], messages.Open("user"));
                break;
        }
    }

    /// <summary>Empty texts are left out: the Messages API refuses them.</summary>
    private static void AddParts(JsonNode? content, JsonArray blocks)
    {
        if (content is JsonValue value && value.TryGetValue(out string? text))
        {
            AddText(text, blocks);
            return;
        }

        foreach (JsonObject part in (content as JsonArray ?? []).OfType<JsonObject>())
        {
            switch ((string?)part["type"])
            {
                case "text":
                    AddText((string?)part["text"], blocks);
                    break;
                case "refusal":
                    AddText((string?)part["refusal"], blocks);
                    break;
                case "image_url":
                    blocks.Add((JsonNode)new JsonObject { ["type"] = "image", ["source"] = Source((string?)part["image_url"]?["url"], "image_url") });
                    break;
                case "file":
                    blocks.Add((JsonNode)new JsonObject { ["type"] = "document", ["source"] = Source((string?)part["file"]?["file_data"], "file.file_data") });
                    break;
                case var other:
                    throw ApiException.Invalid($"Anthropic takes no message part of type '{other}'; it takes text, image_url and file.", "messages");
            }
        }
    }

    private static void AddText(string? text, JsonArray blocks)
    {
        if (!string.IsNullOrWhiteSpace(text))
        {
            blocks.Add((JsonNode)new JsonObject { ["type"] = "text", ["text"] = text });
        }
    }

    /// <summary>A data URL becomes base64 with its media type, everything else a URL.</summary>
    private static JsonObject Source(string? url, string field)
    {
        const string Scheme = "data:";
        const string Encoding = ";base64,";
        if (string.IsNullOrEmpty(url))
        {
            throw ApiException.Invalid($"A message part has no '{field}'.", "messages");
        }

        if (!url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return new JsonObject { ["type"] = "url", ["url"] = url };
        }

        int comma = url.IndexOf(Encoding, StringComparison.OrdinalIgnoreCase);
        return comma > 0
            ? new JsonObject { ["type"] = "base64", ["media_type"] = url[Scheme.Length..comma], ["data"] = url[(comma + Encoding.Length)..] }
            : throw ApiException.Invalid($"The data URL in '{field}' must have the form data:<media type>;base64,<data>.", "messages");
    }

    private static void AddToolUses(JsonArray? calls, JsonArray blocks)
    {
        foreach (JsonNode? call in calls ?? [])
        {
            blocks.Add((JsonNode)new JsonObject
            {
                ["type"] = "tool_use",
                ["id"] = Clone(call?["id"]),
                ["name"] = Clone(call?["function"]?["name"]),
                ["input"] = Arguments((string?)call?["function"]?["arguments"]),
            });
        }
    }

    /// <summary>The Messages API wants an object; what the model once wrote wrongly is kept under one key.</summary>
    private static JsonObject Arguments(string? json)
    {
        if (string.IsNullOrWhiteSpace(json))
        {
            return [];
        }

        try
        {
            return JsonNode.Parse(json) as JsonObject ?? new JsonObject { ["value"] = json };
        }
        catch (JsonException)
        {
            return new JsonObject { ["invalid_json"] = json };
        }
    }

    private static void AddTools(JsonObject request, JsonObject result)
    {
        if (request["tools"] is not JsonArray { Count: > 0 } tools)
        {
            return;
        }

        result["tools"] = new JsonArray([.. tools.Select(tool => tool?["function"]).OfType<JsonObject>().Select(Tool)]);
        JsonObject? choice = request["tool_choice"] switch
        {
            JsonObject named => new JsonObject { ["type"] = "tool", ["name"] = Clone(named["function"]?["name"]) },
            JsonValue word when (string?)word == "required" => new JsonObject { ["type"] = "any" },
            JsonValue word when (string?)word == "none" => new JsonObject { ["type"] = "none" },
            JsonValue => new JsonObject { ["type"] = "auto" },
            _ => null,
        };
        if (request["parallel_tool_calls"] is JsonValue parallel && parallel.TryGetValue(out bool allowed) && !allowed)
        {
            choice ??= new JsonObject { ["type"] = "auto" };
            if ((string?)choice["type"] != "none")
            {
                choice["disable_parallel_tool_use"] = true;
            }
        }

        if (choice is not null)
        {
            result["tool_choice"] = choice;
        }
    }

    private static JsonObject Tool(JsonObject function)
    {
        var tool = new JsonObject { ["name"] = Clone(function["name"]) };
        if (function["description"] is { } description)
        {
            tool["description"] = Clone(description);
        }

        tool["input_schema"] = Clone(function["parameters"]) ?? new JsonObject { ["type"] = "object" };
        return tool;
    }

    private static void AddSettings(JsonObject request, JsonObject result)
    {
        Copy(request["stream"], result, "stream");
        Copy(request["top_p"], result, "top_p");
        if (request["temperature"] is JsonValue temperature && temperature.TryGetValue(out double degree))
        {
            // OpenAI's scale ends at 2, Anthropic's at 1.
            result["temperature"] = Math.Clamp(degree, 0, 1);
        }

        result["stop_sequences"] = request["stop"] switch
        {
            JsonArray several => several.DeepClone(),
            JsonValue one => new JsonArray(Clone(one)),
            _ => null,
        };
        if (result["stop_sequences"] is null)
        {
            result.Remove("stop_sequences");
        }

        if ((request["safety_identifier"] ?? request["user"]) is { } user)
        {
            result["metadata"] = new JsonObject { ["user_id"] = Clone(user) };
        }
    }

    private static void Copy(JsonNode? value, JsonObject result, string name)
    {
        if (value is not null)
        {
            result[name] = Clone(value);
        }
    }

    private static JsonNode? Clone(JsonNode? node) => node?.DeepClone();

    /// <summary>Messages with alternating roles, starting with the user, as the Messages API wants them.</summary>
    private sealed class MessageList
    {
        private readonly JsonArray _messages = [];
        private JsonArray? _blocks;
        private string? _role;

        public JsonArray Open(string role)
        {
            if (_role != role)
            {
                Close();
                (_role, _blocks) = (role, []);
            }

            return _blocks!;
        }

        public JsonArray Finish()
        {
            Close();
            if (_messages.Count > 0 && (string?)_messages[0]!["role"] == "assistant")
            {
                var text = new JsonObject { ["type"] = "text", ["text"] = "(The conversation goes on.)" };
                _messages.Insert(0, new JsonObject { ["role"] = "user", ["content"] = new JsonArray(text) });
            }

            return _messages;
        }

        private void Close()
        {
            if (_blocks is { Count: > 0 })
            {
                _messages.Add((JsonNode)new JsonObject { ["role"] = _role, ["content"] = _blocks });
            }
        }
    }
}
