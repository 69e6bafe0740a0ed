using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Printing;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Admission.Webhooks;

/// <summary>One webhook of a configuration, ready to be matched with writes.</summary>
internal sealed record Webhook
{
    /// <summary>Configuration and place in it: what identifies the webhook while its configuration stays.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required WebhookTarget Target { get; init; }

    public required IReadOnlyList<WebhookRule> Rules { get; init; }

    public required LabelSelector Namespaces { get; init; }

    public required LabelSelector Objects { get; init; }

    public required IReadOnlyList<MatchCondition> Conditions { get; init; }

    /// <summary>A failed call is as good as none.</summary>
    public required bool FailsOpen { get; init; }

    /// <summary>Also asked about other versions of the kinds that its rules name.</summary>
    public required bool MatchesEquivalents { get; init; }

    /// <summary>Asked again when a later webhook changed the object.</summary>
    public required bool Reinvokes { get; init; }

    public required TimeSpan Timeout { get; init; }

    public static Webhook Read(string configuration, int index, JsonObject webhook) => new()
    {
        Id = $"{configuration}/{index}",
        Name = webhook.Text("name"),
        Target = WebhookTarget.Read(webhook.Map("clientConfig") ?? []),
        Rules = [.. webhook.Items("rules").Select(rule => WebhookRule.Read(rule.Item))],
        Namespaces = Selector(webhook.Map("namespaceSelector")),
        Objects = Selector(webhook.Map("objectSelector")),
        Conditions = MatchCondition.Read(webhook),
        FailsOpen = webhook.Text("failurePolicy") == "Ignore",
        MatchesEquivalents = webhook.Text("matchPolicy") != "Exact",
        Reinvokes = webhook.Text("reinvocationPolicy") == "IfNeeded",
        Timeout = TimeSpan.FromSeconds(webhook.Integer("timeoutSeconds") ?? 10),
    };

    /// <summary>The version of the kind that the webhook wants to see; null when it is not asked about the write.</summary>
    public KindDefinition? Match(AdmissionRequest request, IReadOnlyList<KindDefinition> equivalents)
    {
        if (Matches(request, request.Kind))
        {
            return request.Kind;
        }

        return MatchesEquivalents ? equivalents.FirstOrDefault(kind => Matches(request, kind)) : null;
    }

    private bool Matches(AdmissionRequest request, KindDefinition kind) => Rules.Any(rule => rule.Matches(request, kind));

    private static LabelSelector Selector(JsonObject? selector) =>
        selector is null || selector.Map("matchLabels") is not { Count: > 0 } && selector["matchExpressions"] is not JsonArray { Count: > 0 }
            ? LabelSelector.Everything
            : LabelSelector.Parse(Selectors.Show(selector));
}

/// <summary>Which operations on which resources.</summary>
internal sealed record WebhookRule(
    IReadOnlyList<string> Operations, IReadOnlyList<string> Groups, IReadOnlyList<string> Versions, IReadOnlyList<string> Resources, string Scope)
{
    private const string Any = "*";

    public static WebhookRule Read(JsonObject rule) => new(
        Texts(rule, "operations"), Texts(rule, "apiGroups"), Texts(rule, "apiVersions"), Texts(rule, "resources"), rule.Text("scope"));

    public bool Matches(AdmissionRequest request, KindDefinition kind)
    {
        string operation = request.Operation.ToString().ToUpperInvariant();
        return Has(Operations, operation) && Has(Groups, kind.Type.Group) && Has(Versions, kind.Type.Version) && MatchesScope(kind)
            && Resources.Any(resource => MatchesResource(resource, kind.Type.Plural, request.Subresource ?? ""));
    }

    private bool MatchesScope(KindDefinition kind) => Scope switch
    {
        "Namespaced" => kind.Type.Namespaced,
        "Cluster" => !kind.Type.Namespaced,
        _ => true,
    };

    private static bool MatchesResource(string rule, string resource, string subresource)
    {
        int slash = rule.IndexOf('/', StringComparison.Ordinal);
        string wanted = slash < 0 ? rule : rule[..slash];
        string below = slash < 0 ? "" : rule[(slash + 1)..];
        return (wanted == Any || wanted == resource) && (below == subresource || slash >= 0 && below == Any);
    }

    private static bool Has(IReadOnlyList<string> list, string value) => list.Contains(value) || list.Contains(Any);

    private static List<string> Texts(JsonObject rule, string field) => [.. (rule[field] as JsonArray ?? []).Select(item => GoJson.Text(item) ?? "")];
}

/// <summary>Where a webhook is: an address, or a service that is looked up at each call.</summary>
/// <param name="Url">Null for a service.</param>
/// <param name="Service">Null for an address.</param>
/// <param name="Authorities">The <c>caBundle</c>, base64; empty for those of the system.</param>
internal sealed record WebhookTarget(Uri? Url, ServiceTarget? Service, string Authorities)
{
    public static WebhookTarget Read(JsonObject client)
    {
        JsonObject? service = client.Map("service");
        return new WebhookTarget(
            client["url"] is null ? null : new Uri(client.Text("url")),
            service is null
                ? null
                : new ServiceTarget(service.Text("namespace"), service.Text("name"), (int)(service.Integer("port") ?? 443), service.Text("path")),
            client.Text("caBundle"));
    }
}

/// <summary>A port of a service.</summary>
internal sealed record ServiceTarget(string Namespace, string Name, int Port, string Path)
{
    /// <summary>The name that the certificate must be for.</summary>
    public string Host => $"{Name}.{Namespace}.svc";
}
