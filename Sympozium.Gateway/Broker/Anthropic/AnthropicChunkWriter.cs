using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Gateway.Broker.Anthropic;

/// <summary>Writes the chunks of a translated stream.</summary>
internal sealed class AnthropicChunkWriter(IBufferWriter<byte> output, string id, string model, long created, bool wantsUsage)
{
    internal static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Role() => Chunk(null, static json =>
    {
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, ""u8);
    });

    public void Text(string field, string text) => Chunk(null, json => json.WriteString(field, text));

    public void ToolStart(int index, string callId, string name) => Tool(index, json =>
    {
        json.WriteString("id"u8, callId);
        json.WriteString("type"u8, "function"u8);
        json.WriteStartObject("function"u8);
        json.WriteString("name"u8, name);
        json.WriteString("arguments"u8, ""u8);
        json.WriteEndObject();
    });

    public void ToolArguments(int index, string part) => Tool(index, json =>
    {
        json.WriteStartObject("function"u8);
        json.WriteString("arguments"u8, part);
        json.WriteEndObject();
    });

    public void End(string finish, ModelCallUsage? usage)
    {
        Chunk(finish, static _ => { });
        if (usage is not null)
        {
            Event(json =>
            {
                json.WriteStartArray("choices"u8);
                json.WriteEndArray();
                json.WritePropertyName("usage"u8);
                WriteUsage(json, usage);
            });
        }

        output.Write("data: [DONE]\n\n"u8);
    }

    public static void WriteUsage(Utf8JsonWriter json, ModelCallUsage usage)
    {
        json.WriteStartObject();
        json.WriteNumber("prompt_tokens"u8, usage.InputTokens);
        json.WriteNumber("completion_tokens"u8, usage.OutputTokens);
        json.WriteNumber("total_tokens"u8, usage.InputTokens + usage.OutputTokens);
        json.WriteStartObject("prompt_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, usage.CachedInputTokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Tool(int index, Action<Utf8JsonWriter> write) => Chunk(null, json =>
    {
        json.WriteStartArray("tool_calls"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        write(json);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    private void Chunk(string? finish, Action<Utf8JsonWriter> delta) => Event(json =>
    {
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, 0);
        json.WriteStartObject("delta"u8);
        delta(json);
        json.WriteEndObject();
        json.WriteString("finish_reason"u8, finish);
        json.WriteEndObject();
        json.WriteEndArray();
        if (wantsUsage)
        {
            json.WriteNull("usage"u8);
        }
    });

    private void Event(Action<Utf8JsonWriter> write)
    {
        output.Write("data: "u8);
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, id);
            json.WriteString("object"u8, "chat.completion.chunk"u8);
            json.WriteNumber("created"u8, created);
            json.WriteString("model"u8, model);
            write(json);
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
    }
}
