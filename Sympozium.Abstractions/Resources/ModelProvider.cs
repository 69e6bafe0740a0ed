namespace Sympozium.Abstractions.Resources;

/// <summary>Which provider a model belongs to: what is said, else a guess.</summary>
public static class ModelProvider
{
    /// <summary>Label of an instance that names its provider.</summary>
    public const string Label = "sympozium.ai/provider";

    /// <summary>A provider's name inside a secret's name or an URL, where nothing better is given.</summary>
    private static readonly (string Part, string Provider)[] Hints =
    [
        ("anthropic", "anthropic"), ("azure-openai", "azure-openai"), ("bedrock", "bedrock"), ("lm-studio", "lm-studio"),
        ("ollama", "ollama"), (":11434", "ollama"), (":1234", "lm-studio"), ("openai", "openai"),
    ];

    /// <summary>The provider in small letters: the run's, else the instance's label, its first secret's, else by the secret's name or the URL, else openai.</summary>
    /// <param name="wanted">Provider that the run names.</param>
    /// <param name="wantedUrl">Base URL that the run names.</param>
    /// <param name="label">Value of <see cref="Label"/>.</param>
    /// <param name="firstProvider">Provider of the instance's first secret.</param>
    /// <param name="firstSecret">Name of the instance's first secret.</param>
    /// <param name="url">Base URL of the instance.</param>
    public static string Of(string? wanted, string? wantedUrl, string? label, string? firstProvider, string? firstSecret, string? url)
    {
        string? named = FirstOf(label, firstProvider);
        return (FirstOf(wanted, named) ?? Guess(firstSecret, BaseUrl(wanted, wantedUrl, named, url))).ToLowerInvariant();
    }

    /// <summary>The run's base URL, else the instance's unless the run asks for another provider: the endpoint does not belong to that.</summary>
    public static string? BaseUrl(string? wanted, string? wantedUrl, string? named, string? url) => FirstOf(wantedUrl, IsAnother(wanted, named) ? null : url);

    /// <summary>Whether the run asks for another one than the instance has.</summary>
    public static bool IsAnother(string? wanted, string? own) =>
        !string.IsNullOrEmpty(wanted) && own is not null && !string.Equals(wanted, own, StringComparison.OrdinalIgnoreCase);

    private static string Guess(params ReadOnlySpan<string?> texts)
    {
        foreach (string? text in texts)
        {
            foreach ((string part, string provider) in Hints)
            {
                if (text?.Contains(part, StringComparison.OrdinalIgnoreCase) is true)
                {
                    return provider;
                }
            }
        }

        return "openai";
    }

    private static string? FirstOf(params ReadOnlySpan<string?> values)
    {
        foreach (string? value in values)
        {
            if (!string.IsNullOrEmpty(value))
            {
                return value;
            }
        }

        return null;
    }
}
