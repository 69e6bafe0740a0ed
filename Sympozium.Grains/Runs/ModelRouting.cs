using Sympozium.Abstractions.Resources;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Grains.Runs;

/// <summary>Finds provider, model, endpoint and secret of a run. Every field of the run wins over the instance's.</summary>
internal static class ModelRouting
{
    /// <summary>Providers that run on the user's own machines and need no key.</summary>
    private static readonly string[] Keyless = ["ollama", "lm-studio", "llama-server", "unsloth", "vllm", "llama-cpp", "local"];

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
        (string provider, string? baseUrl) = Provider(inputs, wanted, settings, secrets.Count > 0 ? secrets[0] : null);
        string? secret = FirstOf(wanted.AuthSecretRef, SecretOf(secrets, provider));
        if (secret is not null && wanted.AuthSecretRef is null && ModelProvider.IsAnother(wanted.BaseUrl, settings.BaseUrl ?? ""))
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

    private static (string Provider, string? BaseUrl) Provider(RunInputs inputs, RunModelSpec wanted, AgentSettings settings, AuthReference? first)
    {
        string? label = (string?)inputs.Instance!["metadata"]?["labels"]?[ModelProvider.Label];
        return (
            ModelProvider.Of(wanted.Provider, wanted.BaseUrl, label, first?.Provider, first?.Secret, settings.BaseUrl),
            ModelProvider.BaseUrl(wanted.Provider, wanted.BaseUrl, FirstOf(label, first?.Provider), settings.BaseUrl));
    }

    /// <summary>The secret for a provider, else one that names no provider.</summary>
    private static string? SecretOf(IReadOnlyList<AuthReference> secrets, string provider) =>
        (secrets.FirstOrDefault(secret => string.Equals(secret.Provider, provider, StringComparison.OrdinalIgnoreCase))
            ?? secrets.FirstOrDefault(secret => string.IsNullOrEmpty(secret.Provider)))?.Secret;

    /// <summary>Whether a provider has to have a key; one with an own base URL may go without.</summary>
    public static bool NeedsKey(ModelRoute route) => route.BaseUrl is null && !Keyless.Contains(route.Provider);

    private static string? FirstOf(params string?[] values) => Array.Find(values, value => !string.IsNullOrEmpty(value));
}
