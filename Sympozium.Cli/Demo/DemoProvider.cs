namespace Sympozium.Cli.Demo;

/// <summary>Where the demo's model calls go.</summary>
/// <param name="Name">Provider as the instance names it.</param>
/// <param name="Model">Model name.</param>
/// <param name="BaseUrl">Base URL; null takes the provider's own.</param>
/// <param name="KeyName">Name of the key in the secret.</param>
/// <param name="Key">The key; null for a provider that needs none. Never printed.</param>
internal sealed record DemoProvider(string Name, string Model, string? BaseUrl, string KeyName, string? Key)
{
    private static readonly Known[] Providers =
    [
        new("openai", "OPENAI_API_KEY", null),
        new("anthropic", "ANTHROPIC_API_KEY", null),
        new("azure-openai", "AZURE_OPENAI_API_KEY", null),
        new("ollama", null, "http://127.0.0.1:11434/v1"),
        new("lm-studio", null, "http://127.0.0.1:1234/v1"),
        new("vllm", null, "http://127.0.0.1:8000/v1"),
        new("llama-server", null, "http://127.0.0.1:8080/v1"),
    ];

    /// <summary>Names that <see cref="Resolve"/> knows; any other name is an OpenAI-compatible endpoint with its own base URL.</summary>
    public static IEnumerable<string> Names => Providers.Select(p => p.Name);

    /// <summary>The scripted model.</summary>
    public static DemoProvider Scripted(Uri address) =>
        new("openai", "demo-model", address.ToString().TrimEnd('/'), "OPENAI_API_KEY", "scripted-model") { IsScripted = true };

    /// <summary>The model that <c>k8s/samples/demo.yaml</c> names; its base URL stands in the secret (<c>OPENAI_BASE_URL</c>), not in the instance.</summary>
    public bool IsScripted { get; private init; }

    /// <summary>A real provider, its key from the environment.</summary>
    /// <exception cref="CliException">The model, the base URL or the key's variable is missing; all of it is said at once.</exception>
    public static DemoProvider Resolve(string name, string? model, string? baseUrl, string? keyVariable, CliContext context)
    {
        Known known = Providers.FirstOrDefault(p => p.Name == name) ?? new Known(name, $"{name.ToUpperInvariant().Replace('-', '_')}_API_KEY", null);
        bool isKnown = Providers.Any(p => p.Name == name);
        string? variable = keyVariable ?? known.KeyVariable;
        string? key = variable is null ? null : context.Environment(variable);
        string? address = baseUrl ?? (variable == "OPENAI_API_KEY" ? context.Environment("OPENAI_BASE_URL") : null) ?? known.BaseUrl;
        string[] missing =
        [
            .. If(string.IsNullOrEmpty(model), "--model: the model's name, as the provider knows it"),
            .. If(variable is not null && string.IsNullOrEmpty(key),
                $"the environment variable {variable}: the provider's key; 'export {variable}=...' sets it, --key-env names another one"),
            .. If(string.IsNullOrEmpty(address) && (name == "azure-openai" || !isKnown),
                $"--base-url: '{name}' has no base URL of its own (known are {string.Join(", ", Names)})"),
            .. If(address is not null && !IsHttp(address), $"--base-url: '{address}' is not an http or https URL"),
        ];
        return missing.Length == 0
            ? new DemoProvider(name, model!, address, known.KeyVariable ?? "OPENAI_API_KEY", string.IsNullOrEmpty(key) ? null : key)
            : throw new CliException(ExitCodes.Usage, $"provider '{name}' needs:\n{string.Join('\n', missing.Select(m => $"  {m}"))}");
    }

    private static IEnumerable<string> If(bool condition, string problem) => condition ? [problem] : [];

    private static bool IsHttp(string address) => Uri.TryCreate(address, UriKind.Absolute, out Uri? parsed) && parsed.Scheme is "http" or "https";

    /// <summary>A provider, the variable of its key (null: none needed) and its base URL (null: its own).</summary>
    private sealed record Known(string Name, string? KeyVariable, string? BaseUrl);
}
