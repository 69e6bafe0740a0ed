using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;
using Sympozium.Gateway.OpenAi;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Broker;

/// <summary>Finds a route's base URL and key. Reads the Secret at each call, so that a changed key works at once.</summary>
internal sealed class CredentialReader(IKubernetesClient kubernetes)
{
    private const string DefaultPath = "/v1";

    /// <exception cref="ApiException">Something is missing; says what and where.</exception>
    public async ValueTask<ProviderTarget> ReadAsync(ModelRoute route, CancellationToken cancellationToken)
    {
        KnownProvider known = ProviderCatalog.Find(route.Provider);
        JsonObject? data = string.IsNullOrEmpty(route.SecretName) ? null : await ReadSecretAsync(route, cancellationToken);
        string prefix = Prefix(route.Provider);
        string? baseUrl = Filled(route.BaseUrl) ?? Value(data, $"{prefix}_BASE_URL") ?? Value(data, "OPENAI_BASE_URL") ?? Value(data, "baseURL") ?? known.BaseUrl;
        if (baseUrl is null)
        {
            throw Wrong(
                RunFailureReasons.InvalidSpec,
                $"'{route.Provider}' is not a provider whose address is known ({string.Join(", ", ProviderCatalog.Known.Keys.Order(StringComparer.Ordinal))}). "
                + "For an OpenAI-compatible one set spec.agents.default.baseURL of the instance, or OPENAI_BASE_URL in its secret.");
        }

        if (!Uri.TryCreate(baseUrl, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
        {
            throw Wrong(RunFailureReasons.InvalidSpec, $"The base URL '{baseUrl}' of provider '{route.Provider}' is not an absolute http or https URL.");
        }

        string[] accepted = [.. new[] { "apiKey", $"{prefix}_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "API_KEY" }.Distinct(StringComparer.Ordinal)];
        string? key = accepted.Select(name => Value(data, name)).FirstOrDefault(value => value is not null);
        if (key is null)
        {
            CheckKeyless(route, known, baseUrl, accepted);
        }

        return new ProviderTarget(route, known, Endpoint(uri, known.Dialect), key);
    }

    private async Task<JsonObject?> ReadSecretAsync(ModelRoute route, CancellationToken cancellationToken)
    {
        JsonObject secret = await kubernetes.GetAsync(CoreTypes.Secrets, route.SecretNamespace, route.SecretName!, cancellationToken)
            ?? throw Wrong(
                RunFailureReasons.MissingCredentials,
                $"The secret '{route.SecretName}' with the key of provider '{route.Provider}' does not exist in namespace '{route.SecretNamespace}'; "
                + $"create it: kubectl -n {route.SecretNamespace} create secret generic {route.SecretName} --from-literal=apiKey=<key>");
        return secret["data"] as JsonObject;
    }

    private static void CheckKeyless(ModelRoute route, KnownProvider known, string baseUrl, string[] accepted)
    {
        if (!string.IsNullOrEmpty(route.SecretName) && known.NeedsKey)
        {
            throw Wrong(
                RunFailureReasons.MissingCredentials,
                $"The secret '{route.SecretName}' in namespace '{route.SecretNamespace}' has no key for provider '{route.Provider}'; put it under one of {string.Join(", ", accepted)}.");
        }

        if (known.NeedsKey && baseUrl == known.BaseUrl)
        {
            throw Wrong(
                RunFailureReasons.MissingCredentials,
                $"Provider '{route.Provider}' needs a key, but the instance names no secret; create one in namespace '{route.SecretNamespace}' with one of {string.Join(", ", accepted)} "
                + "and name it in spec.authRefs of the instance.");
        }
    }

    private static Uri Endpoint(Uri baseUrl, ProviderDialect dialect)
    {
        string root = baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');
        if (baseUrl.AbsolutePath is "/" or "")
        {
            root += DefaultPath;
        }

        return new Uri(root + (dialect == ProviderDialect.Anthropic ? "/messages" : "/chat/completions"));
    }

    /// <summary><c>lm-studio</c> becomes <c>LM_STUDIO</c>.</summary>
    private static string Prefix(string provider) =>
        string.Concat(provider.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));

    private static string? Value(JsonObject? data, string name)
    {
        if (data?[name] is not JsonValue value || !value.TryGetValue(out string? encoded))
        {
            return null;
        }

        try
        {
            return Filled(Encoding.UTF8.GetString(Convert.FromBase64String(encoded)).Trim());
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string? Filled(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static ApiException Wrong(string code, string message) => new(400, ErrorTypes.InvalidRequest, code, message) { ShouldRetry = false };
}
