using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Cli.ModelStub;

/// <summary>Anthropic Messages.</summary>
internal sealed class AnthropicDialect : Dialect
{
    private readonly Dictionary<(PieceKind Kind, int Tool), int> _blocks = [];
    private int _open = -1;

    public override void Begin(IBufferWriter<byte> output, Reply reply) => Event(output, "message_start", json =>
    {
        json.WriteString("type"u8, "message_start"u8);
        json.WriteStartObject("message"u8);
        Head(json, reply);
        json.WriteStartArray("content"u8);
        json.WriteEndArray();
        json.WriteNull("stop_reason"u8);
        json.WriteNull("stop_sequence"u8);
        WriteUsage(json, reply.Usage, 1);
        json.WriteEndObject();
    });

    public override void Write(IBufferWriter<byte> output, Reply reply, Piece piece)
    {
        (PieceKind, int) key = (piece.Kind == PieceKind.ToolArguments ? PieceKind.ToolStart : piece.Kind, piece.Tool);
        if (!_blocks.TryGetValue(key, out int block))
        {
            CloseBlock(output);
            _blocks[key] = block = _blocks.Count;
            _open = block;
            Event(output, "content_block_start", json =>
            {
                Position(json, "content_block_start", block);
                json.WriteStartObject("content_block"u8);
                WriteBlockStart(json, piece);
                json.WriteEndObject();
            });
        }

        if (piece.Kind != PieceKind.ToolStart)
        {
            Event(output, "content_block_delta", json =>
            {
                Position(json, "content_block_delta", block);
                json.WriteStartObject("delta"u8);
                (string type, string field) = piece.Kind switch
                {
                    PieceKind.Think => ("thinking_delta", "thinking"),
                    PieceKind.Text => ("text_delta", "text"),
                    _ => ("input_json_delta", "partial_json"),
                };
                json.WriteString("type"u8, type);
                json.WriteString(field, piece.Text);
                json.WriteEndObject();
            });
        }
    }

    public override void End(IBufferWriter<byte> output, Reply reply)
    {
        CloseBlock(output);
        Event(output, "message_delta", json =>
        {
            json.WriteString("type"u8, "message_delta"u8);
            json.WriteStartObject("delta"u8);
            json.WriteString("stop_reason"u8, StopReason(reply.Finish));
            json.WriteNull("stop_sequence"u8);
            json.WriteEndObject();
            WriteUsage(json, reply.Usage, reply.Usage?.Output ?? 0);
        });
        Event(output, "message_stop", static json => json.WriteString("type"u8, "message_stop"u8));
    }

    public override void WriteWhole(Utf8JsonWriter json, Reply reply)
    {
        json.WriteStartObject();
        Head(json, reply);
        json.WriteStartArray("content"u8);
        if (reply.Join(PieceKind.Think) is { Length: > 0 } thinking)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "thinking"u8);
            json.WriteString("thinking"u8, thinking);
            json.WriteString("signature"u8, "scripted"u8);
            json.WriteEndObject();
        }

        if (reply.Join(PieceKind.Text) is { Length: > 0 } text)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "text"u8);
            json.WriteString("text"u8, text);
            json.WriteEndObject();
        }

        foreach (Piece call in reply.Pieces.Where(piece => piece.Kind == PieceKind.ToolStart))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "tool_use"u8);
            json.WriteString("id"u8, call.Id);
            json.WriteString("name"u8, call.Name);
            json.WritePropertyName("input"u8);
            WriteInput(json, reply.Join(PieceKind.ToolArguments, call.Tool));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("stop_reason"u8, StopReason(reply.Finish));
        json.WriteNull("stop_sequence"u8);
        WriteUsage(json, reply.Usage, reply.Usage?.Output ?? 0);
        json.WriteEndObject();
    }

    public override void WriteError(Utf8JsonWriter json, int status, string? code, string message)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "error"u8);
        json.WriteStartObject("error"u8);
        json.WriteString("type"u8, code ?? (status >= 500 ? "api_error" : "invalid_request_error"));
        json.WriteString("message"u8, message);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void CloseBlock(IBufferWriter<byte> output)
    {
        if (_open >= 0)
        {
            int block = _open;
            Event(output, "content_block_stop", json => Position(json, "content_block_stop", block));
            _open = -1;
        }
    }

    private static void WriteBlockStart(Utf8JsonWriter json, Piece piece)
    {
        switch (piece.Kind)
        {
            case PieceKind.Think:
                json.WriteString("type"u8, "thinking"u8);
                json.WriteString("thinking"u8, ""u8);
                json.WriteString("signature"u8, ""u8);
                break;
            case PieceKind.Text:
                json.WriteString("type"u8, "text"u8);
                json.WriteString("text"u8, ""u8);
                break;
            default:
                json.WriteString("type"u8, "tool_use"u8);
                json.WriteString("id"u8, piece.Id);
                json.WriteString("name"u8, piece.Name);
                json.WriteStartObject("input"u8);
                json.WriteEndObject();
                break;
        }
    }

    /// <summary>A whole answer can only hold an object: raw arguments that are none become one with the key <c>raw</c>.</summary>
    private static void WriteInput(Utf8JsonWriter json, string arguments)
    {
        JsonNode? parsed = null;
        try
        {
            parsed = JsonNode.Parse(arguments);
        }
        catch (JsonException)
        {
            parsed = new JsonObject { ["raw"] = arguments };
        }

        (parsed as JsonObject ?? []).WriteTo(json);
    }

    private static void Head(Utf8JsonWriter json, Reply reply)
    {
        json.WriteString("id"u8, $"msg_{reply.Id}");
        json.WriteString("type"u8, "message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("model"u8, reply.Model);
    }

    private static void Position(Utf8JsonWriter json, string type, int block)
    {
        json.WriteString("type"u8, type);
        json.WriteNumber("index"u8, block);
    }

    private static void WriteUsage(Utf8JsonWriter json, ScriptedUsage? usage, long output)
    {
        if (usage is null)
        {
            return;
        }

        json.WriteStartObject("usage"u8);
        json.WriteNumber("input_tokens"u8, usage.Input - usage.Cached);
        json.WriteNumber("cache_creation_input_tokens"u8, 0);
        json.WriteNumber("cache_read_input_tokens"u8, usage.Cached);
        json.WriteNumber("output_tokens"u8, output);
        json.WriteEndObject();
    }

    private static string StopReason(string finish) => finish switch
    {
        "stop" => "end_turn",
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        "content_filter" => "refusal",
        _ => finish,
    };
}
