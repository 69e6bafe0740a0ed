using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sympozium.Gateway.Runs;

namespace Sympozium.Gateway.Broker.Anthropic;

/// <summary>Translates an answer of the Messages API, whole or streamed, into Chat Completions.</summary>
internal sealed class AnthropicRelay(ProviderAnswer answer, CallMeter meter, bool wantsUsage, long created) : IRelay
{
    private readonly AnthropicUsage _usage = new();
    private readonly Dictionary<int, int> _toolIndexes = [];
    private AnthropicChunkWriter? _writer;
    private string _finish = "stop";
    private bool _stopped;

    /// <inheritdoc/>
    public async Task StreamAsync(HttpContext context, Func<ValueTask> record)
    {
        CancellationToken agentLeft = context.RequestAborted;
        PipeWriter output = context.Response.BodyWriter;
        do
        {
            while (!_stopped && answer.Reader.TryReadLine(out ReadOnlyMemory<byte> line))
            {
                Read(context, line);
            }

            if (output.UnflushedBytes > 0)
            {
                await output.FlushAsync(agentLeft);
            }
        }
        while (!_stopped && await answer.FillAsync());

        if (!_stopped || _writer is null)
        {
            throw ProviderErrors.BrokeOff(answer.Target, null);
        }

        await record();
        _writer.End(_finish, wantsUsage ? meter.Usage : null);
        await output.FlushAsync(agentLeft);
    }

    /// <inheritdoc/>
    public async Task WholeAsync(HttpContext context, Func<ValueTask> record)
    {
        ReadOnlyMemory<byte> body = await answer.ReadAllAsync();
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement message = document.RootElement;
            if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("content"u8, out JsonElement content) || content.ValueKind != JsonValueKind.Array)
            {
                throw ProviderErrors.Rubbish(answer.Target, "it has no 'content'.");
            }

            AnthropicAnswer translated = AnthropicAnswer.Read(content, answer.Target);
            _usage.Read(message, meter);
            meter.AddText(translated.Length);
            meter.AddToolCall(translated.ToolCalls.Count - 1);
            await record();
            context.Response.ContentType = "application/json";
            translated.Write(context.Response.BodyWriter, Text(message, "id") ?? "msg", answer.Target.Route.Model, created, Finish(Text(message, "stop_reason")), meter.Usage);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
        catch (JsonException wrong)
        {
            throw ProviderErrors.Rubbish(answer.Target, "it is not JSON.", wrong);
        }
    }

    private void Read(HttpContext context, ReadOnlyMemory<byte> line)
    {
        ReadOnlySpan<byte> text = line.Span.TrimEnd("\r\n"u8);
        if (!text.StartsWith("data:"u8))
        {
            if (!text.IsEmpty && text[0] != (byte)':' && !text.StartsWith("event:"u8))
            {
                throw ProviderErrors.Rubbish(answer.Target, "a stream of events was asked for, something else came.");
            }

            return;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(line.Slice("data:".Length, text.Length - "data:".Length));
            Take(context, document.RootElement);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw ProviderErrors.Rubbish(answer.Target, "an event of its stream does not have the expected form.", wrong);
        }
    }

    private void Take(HttpContext context, JsonElement data)
    {
        switch (Text(data, "type"))
        {
            case "message_start":
                JsonElement message = data.GetProperty("message"u8);
                _usage.Read(message, meter);
                EventStream.Begin(context.Response);
                _writer = new AnthropicChunkWriter(context.Response.BodyWriter, Text(message, "id") ?? "msg", answer.Target.Route.Model, created, wantsUsage);
                _writer.Role();
                break;
            case "content_block_start":
                StartBlock(data.GetProperty("index"u8).GetInt32(), data.GetProperty("content_block"u8));
                break;
            case "content_block_delta":
                Delta(data.GetProperty("index"u8).GetInt32(), data.GetProperty("delta"u8));
                break;
            case "message_delta":
                _usage.Read(data, meter);
                _finish = Finish(Text(data.GetProperty("delta"u8), "stop_reason"));
                break;
            case "message_stop":
                _stopped = true;
                meter.Finished = true;
                break;
            case "error":
                throw ProviderErrors.FromEvent(answer.Target, data.GetProperty("error"u8));
            default:
                // Pings and kinds of events that are added later carry nothing to translate.
                break;
        }
    }

    private void StartBlock(int index, JsonElement block)
    {
        switch (Text(block, "type"))
        {
            case "tool_use":
                int tool = _toolIndexes.Count;
                _toolIndexes[index] = tool;
                meter.AddToolCall(tool);
                Writer().ToolStart(tool, Text(block, "id") ?? "", Text(block, "name") ?? "");
                break;
            case "text" when Text(block, "text") is { Length: > 0 } text:
                Pass(text, "content");
                break;
            default:
                break;
        }
    }

    private void Delta(int index, JsonElement delta)
    {
        switch (Text(delta, "type"))
        {
            case "text_delta":
                Pass(Text(delta, "text"), "content");
                break;
            case "thinking_delta":
                Pass(Text(delta, "thinking"), "reasoning_content");
                break;
            case "input_json_delta" when _toolIndexes.TryGetValue(index, out int tool):
                string part = Text(delta, "partial_json") ?? "";
                meter.AddText(Encoding.UTF8.GetByteCount(part));
                Writer().ToolArguments(tool, answer.Target.Clean(part));
                break;
            default:
                // Signatures and citations have no place in Chat Completions.
                break;
        }
    }

    private void Pass(string? text, string field)
    {
        if (!string.IsNullOrEmpty(text))
        {
            meter.AddText(Encoding.UTF8.GetByteCount(text));
            Writer().Text(field, answer.Target.Clean(text));
        }
    }

    private AnthropicChunkWriter Writer() => _writer ?? throw ProviderErrors.Rubbish(answer.Target, "its stream does not begin with message_start.");

    private static string Finish(string? stopReason) => stopReason switch
    {
        "max_tokens" or "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        _ => "stop",
    };

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
