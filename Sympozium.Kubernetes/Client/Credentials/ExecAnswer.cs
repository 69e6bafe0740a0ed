using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Kubernetes.Client.Credentials;

/// <summary>What a credential plugin printed.</summary>
/// <param name="Credential">The credentials.</param>
/// <param name="Expires">When they end; null: not before the server refuses them.</param>
internal sealed record ExecAnswer(ClusterCredential Credential, DateTimeOffset? Expires)
{
    /// <summary>Reads an <c>ExecCredential</c>.</summary>
    /// <exception cref="CredentialException">It is not one, of another version, or holds no credentials.</exception>
    public static ExecAnswer Parse(string output, ExecPlugin plugin)
    {
        JsonObject answer;
        try
        {
            answer = JsonNode.Parse(output) as JsonObject ?? throw new JsonException("it is not an object");
        }
        catch (JsonException e)
        {
            // Not quoted: it may hold a token.
            throw Wrong(plugin, $"printed {output.Length} characters that are not a JSON object ({e.Message})", e);
        }

        if (Text(answer["kind"]) != "ExecCredential" || Text(answer["apiVersion"]) != plugin.ApiVersion)
        {
            throw Wrong(plugin, $"printed kind '{Text(answer["kind"])}' of '{Text(answer["apiVersion"])}'; expected an ExecCredential of '{plugin.ApiVersion}', as the kubeconfig says");
        }

        string? token = Text(answer["status"]?["token"]);
        string? certificate = Text(answer["status"]?["clientCertificateData"]);
        string? key = Text(answer["status"]?["clientKeyData"]);
        if ((certificate is null) != (key is null))
        {
            throw Wrong(plugin, "printed only one of clientCertificateData and clientKeyData");
        }

        if (token is null && certificate is null)
        {
            throw Wrong(plugin, "printed an ExecCredential without a token and without a client certificate");
        }

        return new ExecAnswer(new ClusterCredential(token, Certificate(certificate, key, plugin)), Expiry(answer, plugin));
    }

    private static ClientCertificate? Certificate(string? certificate, string? key, ExecPlugin plugin)
    {
        if (certificate is null)
        {
            return null;
        }

        try
        {
            return ClientCertificate.FromPem(certificate, key!);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw Wrong(plugin, $"printed a client certificate and key that cannot be used: {e.Message}", e);
        }
    }

    private static DateTimeOffset? Expiry(JsonObject answer, ExecPlugin plugin)
    {
        if (Text(answer["status"]?["expirationTimestamp"]) is not { } text)
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset expires)
            ? expires
            : throw Wrong(plugin, $"printed the expirationTimestamp '{text}', which is not a time in RFC 3339 form");
    }

    private static CredentialException Wrong(ExecPlugin plugin, string what, Exception? inner = null) =>
        new($"the credential plugin '{plugin.Command}' of {plugin.Owner} {what}", inner);

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;
}
