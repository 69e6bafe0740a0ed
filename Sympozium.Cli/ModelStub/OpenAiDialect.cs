using System.Buffers;
using System.Text.Json;

namespace Sympozium.Cli.ModelStub;

/// <summary>OpenAI Chat Completions.</summary>
internal sealed class OpenAiDialect(bool includeUsage) : Dialect
{
    public override void Begin(IBufferWriter<byte> output, Reply reply) => Chunk(output, reply, null, static delta =>
    {
        delta.WriteString("role"u8, "assistant"u8);
        delta.WriteString("content"u8, ""u8);
    });

    public override void Write(IBufferWriter<byte> output, Reply reply, Piece piece) => Chunk(output, reply, null, delta =>
    {
        switch (piece.Kind)
        {
            case PieceKind.Think:
                delta.WriteString("reasoning_content"u8, piece.Text);
                break;
            case PieceKind.Text:
                delta.WriteString("content"u8, piece.Text);
                break;
            default:
                delta.WriteStartArray("tool_calls"u8);
                delta.WriteStartObject();
                delta.WriteNumber("index"u8, piece.Tool);
                WriteToolDelta(delta, piece);
                delta.WriteEndObject();
                delta.WriteEndArray();
                break;
        }
    });

    public override void End(IBufferWriter<byte> output, Reply reply)
    {
        Chunk(output, reply, reply.Finish, static _ => { });
        if (includeUsage && reply.Usage is { } usage)
        {
            Event(output, null, json =>
            {
                Head(json, reply, "chat.completion.chunk");
                json.WriteStartArray("choices"u8);
                json.WriteEndArray();
                WriteUsage(json, usage);
            });
        }

        output.Write("data: [DONE]\n\n"u8);
    }

    public override void WriteWhole(Utf8JsonWriter json, Reply reply)
    {
        json.WriteStartObject();
        Head(json, reply, "chat.completion");
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, 0);
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        string text = reply.Join(PieceKind.Text);
        Piece[] calls = [.. reply.Pieces.Where(piece => piece.Kind == PieceKind.ToolStart)];
        json.WriteString("content"u8, text.Length == 0 && calls.Length > 0 ? null : text);
        json.WriteNull("refusal"u8);
        if (reply.Join(PieceKind.Think) is { Length: > 0 } reasoning)
        {
            json.WriteString("reasoning_content"u8, reasoning);
        }

        if (calls.Length > 0)
        {
            json.WriteStartArray("tool_calls"u8);
            foreach (Piece call in calls)
            {
                json.WriteStartObject();
                WriteToolDelta(json, call with { Text = reply.Join(PieceKind.ToolArguments, call.Tool) });
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        json.WriteString("finish_reason"u8, reply.Finish);
        json.WriteEndObject();
        json.WriteEndArray();
        if (reply.Usage is { } usage)
        {
            WriteUsage(json, usage);
        }

        json.WriteEndObject();
    }

    public override void WriteError(Utf8JsonWriter json, int status, string? code, string message)
    {
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, message);
        json.WriteString("type"u8, status >= 500 ? "server_error" : "invalid_request_error");
        json.WriteNull("param"u8);
        json.WriteString("code"u8, code);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Chunk(IBufferWriter<byte> output, Reply reply, string? finish, Action<Utf8JsonWriter> delta) => Event(output, null, json =>
    {
        Head(json, reply, "chat.completion.chunk");
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, 0);
        json.WriteStartObject("delta"u8);
        delta(json);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        json.WriteString("finish_reason"u8, finish);
        json.WriteEndObject();
        json.WriteEndArray();
        if (includeUsage)
        {
            json.WriteNull("usage"u8);
        }
    });

    private static void Head(Utf8JsonWriter json, Reply reply, string kind)
    {
        json.WriteString("id"u8, $"chatcmpl-{reply.Id}");
        json.WriteString("object"u8, kind);
        json.WriteNumber("created"u8, reply.Created);
        json.WriteString("model"u8, reply.Model);
    }

    private static void WriteToolDelta(Utf8JsonWriter json, Piece piece)
    {
        if (piece.Kind == PieceKind.ToolStart)
        {
            json.WriteString("id"u8, piece.Id);
            json.WriteString("type"u8, "function"u8);
        }

        json.WriteStartObject("function"u8);
        if (piece.Kind == PieceKind.ToolStart)
        {
            json.WriteString("name"u8, piece.Name);
        }

        json.WriteString("arguments"u8, piece.Text);
        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, ScriptedUsage usage)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, usage.Input);
        json.WriteNumber("completion_tokens"u8, usage.Output);
        json.WriteNumber("total_tokens"u8, usage.Input + usage.Output);
        json.WriteStartObject("prompt_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, usage.Cached);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details"u8);
        json.WriteNumber("reasoning_tokens"u8, usage.Reasoning);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
