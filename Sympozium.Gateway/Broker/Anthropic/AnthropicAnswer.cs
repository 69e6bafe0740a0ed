using System.Buffers;
using System.Text;
using System.Text.Json;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Gateway.Broker.Anthropic;

/// <summary>A whole answer of the Messages API, in the parts that Chat Completions knows. The key is removed from it.</summary>
internal sealed record AnthropicAnswer(string Content, string Reasoning, IReadOnlyList<(string Id, string Name, string Arguments)> ToolCalls)
{
    /// <summary>Characters of everything.</summary>
    public int Length => Content.Length + Reasoning.Length + ToolCalls.Sum(call => call.Name.Length + call.Arguments.Length);

    public static AnthropicAnswer Read(JsonElement blocks, ProviderTarget target)
    {
        var content = new StringBuilder();
        var reasoning = new StringBuilder();
        var calls = new List<(string, string, string)>();
        foreach (JsonElement block in blocks.EnumerateArray().Where(static block => block.ValueKind == JsonValueKind.Object))
        {
            switch (Text(block, "type"))
            {
                case "text":
                    content.Append(Text(block, "text"));
                    break;
                case "thinking":
                    reasoning.Append(Text(block, "thinking"));
                    break;
                case "tool_use":
                    string input = block.TryGetProperty("input"u8, out JsonElement given) ? given.GetRawText() : "{}";
                    calls.Add((Text(block, "id"), Text(block, "name"), target.Clean(input)));
                    break;
                default:
                    break;
            }
        }

        return new AnthropicAnswer(target.Clean(content.ToString()), target.Clean(reasoning.ToString()), calls);
    }

    public void Write(IBufferWriter<byte> output, string id, string model, long created, string finish, ModelCallUsage usage)
    {
        using var json = new Utf8JsonWriter(output, AnthropicChunkWriter.Options);
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("object"u8, "chat.completion"u8);
        json.WriteNumber("created"u8, created);
        json.WriteString("model"u8, model);
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, 0);
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, Content.Length == 0 && ToolCalls.Count > 0 ? null : Content);
        json.WriteNull("refusal"u8);
        if (Reasoning.Length > 0)
        {
            json.WriteString("reasoning_content"u8, Reasoning);
        }

        WriteToolCalls(json);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        json.WriteString("finish_reason"u8, finish);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WritePropertyName("usage"u8);
        AnthropicChunkWriter.WriteUsage(json, usage);
        json.WriteEndObject();
    }

    private void WriteToolCalls(Utf8JsonWriter json)
    {
        if (ToolCalls.Count == 0)
        {
            return;
        }

        json.WriteStartArray("tool_calls"u8);
        foreach ((string callId, string name, string arguments) in ToolCalls)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, callId);
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, name);
            json.WriteString("arguments"u8, arguments);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Text(JsonElement block, string name) =>
        block.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
