using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sympozium.Gateway.Runs;

namespace Sympozium.Gateway.Broker;

/// <summary>
/// Passes an OpenAI-compatible answer on byte by byte, except: the key is removed should the provider echo it, and the usage
/// chunk is left out when the agent did not ask for one.
/// </summary>
internal sealed class OpenAiRelay(ProviderAnswer answer, CallMeter meter, bool wantsUsage) : IRelay
{
    private bool _done;
    private bool _skipBlank;

    /// <inheritdoc/>
    public async Task StreamAsync(HttpContext context, Func<ValueTask> record)
    {
        CancellationToken agentLeft = context.RequestAborted;
        PipeWriter output = context.Response.BodyWriter;
        if (answer.ContentType is not (null or "text/event-stream" or "text/plain"))
        {
            throw ProviderErrors.Rubbish(answer.Target, $"a stream was asked for, '{answer.ContentType}' came.");
        }

        do
        {
            while (!_done && answer.Reader.TryReadLine(out ReadOnlyMemory<byte> line))
            {
                Pass(context, output, line);
            }

            if (output.UnflushedBytes > 0)
            {
                await output.FlushAsync(agentLeft);
            }
        }
        while (!_done && await answer.FillAsync());

        if (!_done && answer.Reader.Rest.Length > 0)
        {
            Pass(context, output, answer.Reader.Rest);
        }

        if (!_done && !meter.Finished)
        {
            throw ProviderErrors.BrokeOff(answer.Target, null);
        }

        await record();
        Begin(context);
        output.Write("data: [DONE]\n\n"u8);
        await output.FlushAsync(agentLeft);
    }

    /// <inheritdoc/>
    public async Task WholeAsync(HttpContext context, Func<ValueTask> record)
    {
        ReadOnlyMemory<byte> body = await answer.ReadAllAsync();
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            CheckError(document.RootElement);
            if (!meter.Read(document.RootElement))
            {
                throw ProviderErrors.Rubbish(answer.Target, "it has no 'choices'.");
            }
        }
        catch (JsonException wrong)
        {
            throw ProviderErrors.Rubbish(answer.Target, "it is not JSON.", wrong);
        }

        await record();
        context.Response.ContentType = "application/json";
        context.Response.BodyWriter.Write(answer.Target.Clean(body.Span));
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private void Pass(HttpContext context, PipeWriter output, ReadOnlyMemory<byte> line)
    {
        ReadOnlySpan<byte> text = line.Span.TrimEnd("\r\n"u8);
        if (text.IsEmpty)
        {
            if (!_skipBlank)
            {
                output.Write(line.Span);
            }

            _skipBlank = false;
            return;
        }

        if (!text.StartsWith("data:"u8))
        {
            if (text[0] != (byte)':' && !text.StartsWith("event:"u8) && !text.StartsWith("id:"u8) && !text.StartsWith("retry:"u8))
            {
                throw ProviderErrors.Rubbish(answer.Target, "a stream of events was asked for, something else came.");
            }

            Begin(context);
            output.Write(answer.Target.Clean(line.Span));
            return;
        }

        ReadOnlyMemory<byte> data = line.Slice("data:".Length, text.Length - "data:".Length);
        if (data.Span.Trim((byte)' ').SequenceEqual("[DONE]"u8))
        {
            _done = true;
        }
        else if (ReadChunk(data))
        {
            Begin(context);
            output.Write(answer.Target.Clean(line.Span));
        }
        else
        {
            _skipBlank = true;
        }
    }

    /// <summary>False for a chunk that the agent does not get.</summary>
    private bool ReadChunk(ReadOnlyMemory<byte> data)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(data);
            CheckError(document.RootElement);
            bool hasChoices = meter.Read(document.RootElement);
            return hasChoices || wantsUsage || !document.RootElement.TryGetProperty("usage"u8, out _);
        }
        catch (JsonException wrong)
        {
            throw ProviderErrors.Rubbish(answer.Target, "an event of its stream is not JSON.", wrong);
        }
    }

    private void CheckError(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw ProviderErrors.Rubbish(answer.Target, "it is not a JSON object.");
        }

        if (root.TryGetProperty("error"u8, out JsonElement error) && error.ValueKind is JsonValueKind.Object or JsonValueKind.String)
        {
            throw ProviderErrors.FromEvent(answer.Target, error);
        }
    }

    private static void Begin(HttpContext context)
    {
        if (context.Response.ContentType is null)
        {
            EventStream.Begin(context.Response);
        }
    }
}
