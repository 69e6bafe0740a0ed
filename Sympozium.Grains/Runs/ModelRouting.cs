using Sympozium.Abstractions.Resources;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Grains.Runs;

/// <summary>Finds provider, model, endpoint and secret of a run. Every field of the run wins over the instance's.</summary>
internal static class ModelRouting
{
    /// <summary>Label of an instance that names its provider.</summary>
    public const string ProviderLabel = "sympozium.ai/provider";

    /// <summary>Providers that run on the user's own machines and need no key.</summary>
    private static readonly string[] Keyless = ["ollama", "lm-studio", "llama-server", "unsloth", "vllm", "llama-cpp", "local"];

    /// <summary>A provider's name inside a secret's name or an URL, where nothing better is given.</summary>
    private static readonly (string Part, string Provider)[] Hints =
    [
        ("anthropic", "anthropic"), ("azure-openai", "azure-openai"), ("bedrock", "bedrock"), ("lm-studio", "lm-studio"),
        ("ollama", "ollama"), (":11434", "ollama"), (":1234", "lm-studio"), ("openai", "openai"),
    ];

    public static ModelRoute? Resolve(RunInputs inputs, RunModelSpec? wanted, InstanceSpec instance, ICollection<ResourceProblem> problems)
    {
        wanted ??= new RunModelSpec();
        AgentSettings settings = instance.Agents?.Default ?? new AgentSettings();
        if (wanted.ModelRef is not null)
        {
            problems.Add(new("spec.model.modelRef", $"'{wanted.ModelRef}' cannot be used: Model resources are not served by this version; name provider and model instead"));
        }

        if (FirstOf(wanted.Name, settings.Model) is not string model)
        {
            problems.Add(new("spec.model.name", "is required since the instance names no model"));
            return null;
        }

        IReadOnlyList<AuthReference> secrets = instance.AuthRefs ?? [];
        string? named = NamedProvider(inputs, secrets);
        string? baseUrl = FirstOf(wanted.BaseUrl, IsAnother(wanted.Provider, named) ? null : settings.BaseUrl);
        string provider = (FirstOf(wanted.Provider, named) ?? Guess(secrets.Count > 0 ? secrets[0].Secret : null, baseUrl)).ToLowerInvariant();
        string? secret = FirstOf(wanted.AuthSecretRef, SecretOf(secrets, provider));
        if (secret is not null && wanted.AuthSecretRef is null && IsAnother(wanted.BaseUrl, settings.BaseUrl ?? ""))
        {
            problems.Add(new("spec.model.authSecretRef", "is required with spec.model.baseURL: the instance's key is sent to the instance's endpoint only"));
        }

        return new ModelRoute
        {
            RunUid = inputs.Uid,
            Provider = provider,
            Model = model,
            BaseUrl = baseUrl,
            SecretNamespace = inputs.Key.Namespace,
            SecretName = secret,
            Headers = wanted.ProviderHeaders ?? settings.ProviderHeaders ?? new Dictionary<string, string>(),
        };
    }

    /// <summary>The provider that the instance itself says, in its label or with its first secret.</summary>
    private static string? NamedProvider(RunInputs inputs, IReadOnlyList<AuthReference> secrets) =>
        FirstOf((string?)inputs.Instance!["metadata"]?["labels"]?[ProviderLabel], secrets.Count > 0 ? secrets[0].Provider : null);

    /// <summary>Whether the run asks for another one than the instance has: the instance's endpoint and key do not belong to that.</summary>
    private static bool IsAnother(string? wanted, string? own) =>
        !string.IsNullOrEmpty(wanted) && own is not null && !string.Equals(wanted, own, StringComparison.OrdinalIgnoreCase);

    /// <summary>The secret for a provider, else one that names no provider.</summary>
    private static string? SecretOf(IReadOnlyList<AuthReference> secrets, string provider) =>
        (secrets.FirstOrDefault(secret => string.Equals(secret.Provider, provider, StringComparison.OrdinalIgnoreCase))
            ?? secrets.FirstOrDefault(secret => string.IsNullOrEmpty(secret.Provider)))?.Secret;

    /// <summary>Whether a provider has to have a key; one with an own base URL may go without.</summary>
    public static bool NeedsKey(ModelRoute route) => route.BaseUrl is null && !Keyless.Contains(route.Provider);

    private static string Guess(params string?[] texts)
    {
        foreach (string text in texts.OfType<string>())
        {
            foreach ((string part, string provider) in Hints)
            {
                if (text.Contains(part, StringComparison.OrdinalIgnoreCase))
                {
                    return provider;
                }
            }
        }

        return "openai";
    }

    private static string? FirstOf(params string?[] values) => Array.Find(values, value => !string.IsNullOrEmpty(value));
}
