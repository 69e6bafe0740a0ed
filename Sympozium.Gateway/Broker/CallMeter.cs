using System.Runtime.InteropServices;
using System.Text.Json;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Gateway.Broker;

/// <summary>Counts one model call from the provider's own words, and estimates what it does not say.</summary>
internal sealed class CallMeter(long promptBytes)
{
    private const int BytesPerToken = 4;
    private readonly string _callId = Guid.NewGuid().ToString("N");
    private long _answerBytes;
    private bool _reported;

    public long InputTokens { get; private set; }

    public long OutputTokens { get; private set; }

    public long CachedInputTokens { get; private set; }

    public long ReasoningTokens { get; private set; }

    public int ToolCalls { get; private set; }

    /// <summary>Whether the answer said why it ended.</summary>
    public bool Finished { get; set; }

    /// <summary>Whether anything of an answer came that may have cost something.</summary>
    public bool Started => _reported || _answerBytes > 0 || ToolCalls > 0;

    public ModelCallUsage Usage => new()
    {
        CallId = _callId,
        InputTokens = _reported ? InputTokens : Math.Max(1, promptBytes / BytesPerToken),
        OutputTokens = _reported ? OutputTokens : Math.Max(1, _answerBytes / BytesPerToken),
        CachedInputTokens = CachedInputTokens,
        ReasoningTokens = ReasoningTokens,
        ToolCalls = ToolCalls,
        Estimated = !_reported,
    };

    /// <summary>Text of the answer went by.</summary>
    public void AddText(int bytes) => _answerBytes += bytes;

    /// <summary>The answer asks for a tool; <paramref name="index"/> counts its calls from 0.</summary>
    public void AddToolCall(int index) => ToolCalls = Math.Max(ToolCalls, index + 1);

    /// <summary>The provider reported its counts.</summary>
    public void Report(long input, long output, long cached, long reasoning)
    {
        _reported = true;
        (InputTokens, OutputTokens, CachedInputTokens, ReasoningTokens) = (input, output, cached, reasoning);
    }

    /// <summary>Reads a chunk or a whole answer in OpenAI's form; false when it has no choices (a chunk with usage only).</summary>
    public bool Read(JsonElement answer)
    {
        if (answer.TryGetProperty("usage"u8, out JsonElement usage) && usage.ValueKind == JsonValueKind.Object)
        {
            Report(
                Number(usage, "prompt_tokens"),
                Number(usage, "completion_tokens"),
                Math.Max(Number(Child(usage, "prompt_tokens_details"), "cached_tokens"), Number(usage, "prompt_cache_hit_tokens")),
                Number(Child(usage, "completion_tokens_details"), "reasoning_tokens"));
        }

        if (!answer.TryGetProperty("choices"u8, out JsonElement choices) || choices.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        bool any = false;
        foreach (JsonElement choice in choices.EnumerateArray().Where(static choice => choice.ValueKind == JsonValueKind.Object))
        {
            any = true;
            Finished |= choice.TryGetProperty("finish_reason"u8, out JsonElement finish) && finish.ValueKind == JsonValueKind.String;
            if (choice.TryGetProperty("delta"u8, out JsonElement message) || choice.TryGetProperty("message"u8, out message))
            {
                ReadMessage(message);
            }
        }

        return any;
    }

    private void ReadMessage(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (JsonProperty property in message.EnumerateObject())
        {
            if (property.NameEquals("tool_calls"u8) && property.Value.ValueKind == JsonValueKind.Array)
            {
                int position = 0;
                foreach (JsonElement call in property.Value.EnumerateArray())
                {
                    AddToolCall(call.TryGetProperty("index"u8, out JsonElement index) && index.TryGetInt32(out int given) && given is >= 0 and < 1000 ? given : position);
                    AddText(JsonMarshal.GetRawUtf8Value(call).Length);
                    position++;
                }
            }
            else if (property.Value.ValueKind == JsonValueKind.String && !property.NameEquals("role"u8))
            {
                AddText(JsonMarshal.GetRawUtf8Value(property.Value).Length - 2);
            }
        }
    }

    private static JsonElement Child(JsonElement parent, string name) => parent.TryGetProperty(name, out JsonElement child) ? child : default;

    private static long Number(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : 0;
}
