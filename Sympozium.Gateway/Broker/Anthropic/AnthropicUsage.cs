using System.Text.Json;

namespace Sympozium.Gateway.Broker.Anthropic;

/// <summary>
/// Sums up usage as the Messages API reports it: in pieces, later ones replacing earlier ones, and cached prompt tokens beside
/// <c>input_tokens</c> where OpenAI counts them as part of the prompt.
/// </summary>
internal sealed class AnthropicUsage
{
    private long _input;
    private long _cacheWrite;
    private long _cacheRead;
    private long _output;

    /// <summary>Takes the <c>usage</c> of a message or event, if it has one.</summary>
    public void Read(JsonElement owner, CallMeter meter)
    {
        if (!owner.TryGetProperty("usage"u8, out JsonElement usage) || usage.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        _input = Number(usage, "input_tokens") ?? _input;
        _cacheWrite = Number(usage, "cache_creation_input_tokens") ?? _cacheWrite;
        _cacheRead = Number(usage, "cache_read_input_tokens") ?? _cacheRead;
        _output = Number(usage, "output_tokens") ?? _output;
        meter.Report(_input + _cacheWrite + _cacheRead, _output, _cacheRead, 0);
    }

    private static long? Number(JsonElement usage, string name) =>
        usage.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : null;
}
