using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Gateway.OpenAi;

/// <summary>
/// Writes one chat completion, whole or in chunks. What is the same in every chunk is encoded once; a chunk costs no
/// allocation beside its text.
/// </summary>
internal sealed class CompletionWriter : IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private readonly string _id;
    private readonly string _model;
    private readonly long _created;
    private readonly bool _includeUsage;
    private readonly byte[] _head;
    private readonly IBufferWriter<byte> _output;
    private readonly Utf8JsonWriter _json;

    public CompletionWriter(IBufferWriter<byte> output, string id, string model, long created, bool includeUsage)
    {
        (_output, _id, _model, _created, _includeUsage) = (output, id, model, created, includeUsage);
        _json = new Utf8JsonWriter(output, Options);
        var head = new ArrayBufferWriter<byte>();
        head.Write("data: "u8);
        using (var json = new Utf8JsonWriter(head, Options))
        {
            json.WriteStartObject();
            WriteHead(json, "chat.completion.chunk"u8);
        }

        head.Write(",\"choices\":["u8);
        _head = head.WrittenSpan.ToArray();
    }

    /// <summary>First chunk: the role, and only here.</summary>
    public void Role() => Chunk("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}"u8);

    /// <summary>A piece of the answer.</summary>
    public void Content(string text) => Delta("content"u8, text);

    /// <summary>A piece of the model's reasoning, under the name that other servers of reasoning models use.</summary>
    public void Reasoning(string text) => Delta("reasoning_content"u8, text);

    /// <summary>Last chunks: finish reason, usage when asked for, end mark.</summary>
    public void End(TokenUsage? usage)
    {
        Chunk("{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}"u8);
        if (_includeUsage)
        {
            _output.Write(_head);
            _output.Write("],"u8);
            _output.Write("\"usage\":"u8);
            _json.Reset(_output);
            WriteUsage(_json, usage);
            _json.Flush();
            _output.Write("}\n\n"u8);
        }

        _output.Write("data: [DONE]\n\n"u8);
    }

    /// <summary>The answer as one object.</summary>
    public void Whole(string content, TokenUsage? usage)
    {
        _json.Reset(_output);
        _json.WriteStartObject();
        WriteHead(_json, "chat.completion"u8);
        _json.WriteStartArray("choices"u8);
        _json.WriteStartObject();
        _json.WriteNumber("index"u8, 0);
        _json.WriteStartObject("message"u8);
        _json.WriteString("role"u8, "assistant"u8);
        _json.WriteString("content"u8, content);
        _json.WriteNull("refusal"u8);
        _json.WriteStartArray("annotations"u8);
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.WriteNull("logprobs"u8);
        _json.WriteString("finish_reason"u8, "stop"u8);
        _json.WriteEndObject();
        _json.WriteEndArray();
        _json.WritePropertyName("usage"u8);
        WriteUsage(_json, usage);
        _json.WriteString("service_tier"u8, "default"u8);
        _json.WriteEndObject();
        _json.Flush();
    }

    public void Dispose() => _json.Dispose();

    private void Delta(ReadOnlySpan<byte> name, string text)
    {
        _output.Write(_head);
        _output.Write("{\"index\":0,\"delta\":{\""u8);
        _output.Write(name);
        _output.Write("\":"u8);
        _json.Reset(_output);
        _json.WriteStringValue(text);
        _json.Flush();
        _output.Write("},\"logprobs\":null,\"finish_reason\":null}"u8);
        Close();
    }

    private void Chunk(ReadOnlySpan<byte> choice)
    {
        _output.Write(_head);
        _output.Write(choice);
        Close();
    }

    private void Close() => _output.Write(_includeUsage ? "],\"usage\":null}\n\n"u8 : "]}\n\n"u8);

    private void WriteHead(Utf8JsonWriter json, ReadOnlySpan<byte> kind)
    {
        json.WriteString("id"u8, _id);
        json.WriteString("object"u8, kind);
        json.WriteNumber("created"u8, _created);
        json.WriteString("model"u8, _model);
    }

    private static void WriteUsage(Utf8JsonWriter json, TokenUsage? usage)
    {
        json.WriteStartObject();
        json.WriteNumber("prompt_tokens"u8, usage?.InputTokens ?? 0);
        json.WriteNumber("completion_tokens"u8, usage?.OutputTokens ?? 0);
        json.WriteNumber("total_tokens"u8, usage?.TotalTokens ?? 0);
        json.WriteStartObject("prompt_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, usage?.CachedInputTokens ?? 0);
        json.WriteNumber("audio_tokens"u8, 0);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details"u8);
        json.WriteNumber("reasoning_tokens"u8, usage?.ReasoningTokens ?? 0);
        json.WriteNumber("audio_tokens"u8, 0);
        json.WriteNumber("accepted_prediction_tokens"u8, 0);
        json.WriteNumber("rejected_prediction_tokens"u8, 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
