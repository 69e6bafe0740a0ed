using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Admission;

/// <summary>
/// The Secret in which replicas share authority and certificate. Whoever finds it missing or due writes it; of several the API lets one
/// through, and the others take what that one wrote.
/// </summary>
internal sealed class CertificateSecret(IKubernetesClient kubernetes, AdmissionOptions options, TimeProvider time)
{
    private const int Attempts = 5;
    private const string Authorities = "ca.crt";
    private const string AuthorityKey = "ca.key";
    private const string Certificate = "tls.crt";
    private const string Key = "tls.key";

    /// <summary>Names under which API servers reach the webhook.</summary>
    private string[] Names =>
    [
        $"{options.ServiceName}.{options.Namespace}.svc", options.ServiceName, $"{options.ServiceName}.{options.Namespace}", $"{options.ServiceName}.{options.Namespace}.svc.cluster.local", "localhost",
        .. options.HostNames,
    ];

    /// <summary>The keys that are in use, renewed if they were due.</summary>
    /// <exception cref="KubernetesException">The API refused or did not answer.</exception>
    public async Task<WebhookKeys> EnsureAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            JsonObject? secret = await kubernetes.GetAsync(CoreTypes.Secrets, options.Namespace, options.SecretName, cancellationToken);
            WebhookKeys? present = secret is null ? null : Read(secret);
            WebhookKeys wanted = WebhookAuthority.Renew(present, Names, time.GetUtcNow());
            if (ReferenceEquals(wanted, present))
            {
                return wanted;
            }

            try
            {
                await WriteAsync(secret, wanted, cancellationToken);
                return wanted;
            }
            catch (KubernetesException e) when ((e.IsConflict || e.IsAlreadyExists) && attempt < Attempts)
            {
                // Another replica was faster: its keys are as good.
            }
        }
    }

    private Task<JsonObject> WriteAsync(JsonObject? secret, WebhookKeys keys, CancellationToken cancellationToken)
    {
        JsonObject written = secret?.DeepClone() as JsonObject ?? new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["name"] = options.SecretName, ["namespace"] = options.Namespace },
            ["type"] = "kubernetes.io/tls",
        };
        written["data"] = new JsonObject
        {
            [Authorities] = Encode(keys.Authorities),
            [AuthorityKey] = Encode(keys.AuthorityKey),
            [Certificate] = Encode(keys.Certificate),
            [Key] = Encode(keys.Key),
        };

        // The version that was read goes along, so a write of somebody else in between is a conflict.
        return secret is null ? kubernetes.CreateAsync(CoreTypes.Secrets, written, cancellationToken) : kubernetes.ReplaceAsync(CoreTypes.Secrets, written, null, cancellationToken);
    }

    private static WebhookKeys? Read(JsonObject secret)
    {
        var data = secret["data"] as JsonObject;
        return Decode(data?[Authorities]) is { } authorities && Decode(data?[AuthorityKey]) is { } authorityKey && Decode(data?[Certificate]) is { } certificate && Decode(data?[Key]) is { } key
            ? new WebhookKeys(authorities, authorityKey, certificate, key)
            : null;
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));

    private static string? Decode(JsonNode? value)
    {
        string text = value.AsText() ?? "";
        byte[] bytes = new byte[text.Length];
        return text.Length > 0 && Convert.TryFromBase64String(text, bytes, out int count) ? Encoding.ASCII.GetString(bytes, 0, count) : null;
    }
}
