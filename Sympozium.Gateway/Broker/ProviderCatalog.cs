namespace Sympozium.Gateway.Broker;

/// <summary>How a provider is spoken to.</summary>
internal enum ProviderDialect
{
    OpenAi,
    Anthropic,
}

/// <summary>What is known of a provider by its name.</summary>
/// <param name="BaseUrl">Where its API is unless told otherwise; null means that it must be told.</param>
/// <param name="NeedsKey">Whether it refuses calls without a key.</param>
/// <param name="Dialect">Its API.</param>
/// <param name="TakesStreamOptions">Whether <c>stream_options</c> is understood; Mistral refuses it and reports usage anyway.</param>
internal sealed record KnownProvider(string? BaseUrl, bool NeedsKey = true, ProviderDialect Dialect = ProviderDialect.OpenAi, bool TakesStreamOptions = true);

/// <summary>The providers that need no base URL.</summary>
internal static class ProviderCatalog
{
    public static IReadOnlyDictionary<string, KnownProvider> Known { get; } = new Dictionary<string, KnownProvider>(StringComparer.OrdinalIgnoreCase)
    {
        ["openai"] = new("https://api.openai.com/v1"),
        ["anthropic"] = new("https://api.anthropic.com", Dialect: ProviderDialect.Anthropic),
        ["ollama"] = new("http://localhost:11434/v1", NeedsKey: false),
        ["lm-studio"] = new("http://localhost:1234/v1", NeedsKey: false),
        ["lmstudio"] = new("http://localhost:1234/v1", NeedsKey: false),
        ["vllm"] = new("http://localhost:8000/v1", NeedsKey: false),
        ["llama-server"] = new("http://localhost:8080/v1", NeedsKey: false),
        ["groq"] = new("https://api.groq.com/openai/v1"),
        ["mistral"] = new("https://api.mistral.ai/v1", TakesStreamOptions: false),
        ["deepseek"] = new("https://api.deepseek.com/v1"),
        ["openrouter"] = new("https://openrouter.ai/api/v1"),
        ["together"] = new("https://api.together.xyz/v1"),
        ["fireworks"] = new("https://api.fireworks.ai/inference/v1"),
        ["xai"] = new("https://api.x.ai/v1"),
        ["cerebras"] = new("https://api.cerebras.ai/v1"),
        ["google"] = new("https://generativelanguage.googleapis.com/v1beta/openai"),
        ["gemini"] = new("https://generativelanguage.googleapis.com/v1beta/openai"),
    };

    private static readonly KnownProvider Other = new(null, NeedsKey: false);

    /// <summary>An unknown name is an OpenAI-compatible provider whose base URL must be given.</summary>
    public static KnownProvider Find(string provider) => Known.GetValueOrDefault(provider) ?? Other;
}
