using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Admission;

/// <summary>
/// Writes the authority into the webhook configurations, by server-side apply of that one field: everything else in them belongs to whoever
/// installed them.
/// </summary>
internal sealed class AuthorityInjector(IKubernetesClient kubernetes, AdmissionOptions options)
{
    private const string FieldManager = "sympozium-webhook-ca";
    private const string Group = "admissionregistration.k8s.io";

    public static readonly ResourceType Validating = new(Group, "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", Namespaced: false);
    public static readonly ResourceType Mutating = new(Group, "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", Namespaced: false);

    /// <summary>Makes both configurations trust these authorities; returns what is missing.</summary>
    /// <exception cref="KubernetesException">The API refused or did not answer.</exception>
    public async Task<IReadOnlyList<string>> InjectAsync(string authorities, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (ResourceType type in (ResourceType[])[Mutating, Validating])
        {
            JsonObject? configuration = await kubernetes.GetAsync(type, null, options.ConfigurationName, cancellationToken);
            if (configuration is null)
            {
                problems.Add($"there is no {type.Kind} '{options.ConfigurationName}': nothing asks this webhook; apply k8s/overlays/webhook");
                continue;
            }

            string bundle = Convert.ToBase64String(Encoding.ASCII.GetBytes(authorities));
            JsonObject[] stale = [.. (configuration["webhooks"] as JsonArray ?? []).OfType<JsonObject>()
                .Where(webhook => webhook["name"].AsText()?.EndsWith("." + SympoziumNames.Group, StringComparison.Ordinal) is true && (webhook["clientConfig"] as JsonObject)?["caBundle"].AsText() != bundle)];
            if (stale.Length > 0)
            {
                await ApplyAsync(type, configuration, bundle, cancellationToken);
            }
        }

        return problems;
    }

    private Task<JsonObject> ApplyAsync(ResourceType type, JsonObject configuration, string bundle, CancellationToken cancellationToken)
    {
        // All of ours each time: a field that is left out of an apply is given up.
        IEnumerable<string> names = ((JsonArray)configuration["webhooks"]!).OfType<JsonObject>().Select(webhook => webhook["name"].AsText() ?? "")
            .Where(name => name.EndsWith("." + SympoziumNames.Group, StringComparison.Ordinal));
        var applied = new JsonObject
        {
            ["apiVersion"] = type.ApiVersion,
            ["kind"] = type.Kind,
            ["metadata"] = new JsonObject { ["name"] = options.ConfigurationName },
            ["webhooks"] = new JsonArray([.. names.Select(name => new JsonObject { ["name"] = name, ["clientConfig"] = new JsonObject { ["caBundle"] = bundle } })]),
        };
        return kubernetes.PatchAsync(type, null, options.ConfigurationName, new Patch(PatchType.Apply, applied, FieldManager, Force: true), null, cancellationToken);
    }
}
