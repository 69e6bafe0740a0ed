using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Admission.Webhooks;
using Sympozium.LocalCluster.Cel;

namespace Sympozium.LocalCluster.Kinds.Rules.Webhooks;

/// <summary>ValidatingWebhookConfiguration and MutatingWebhookConfiguration: defaults, and what Kubernetes demands of a webhook.</summary>
internal sealed class WebhookConfigurationRules(bool mutates) : KindRules
{
    private const int DefaultTimeoutSeconds = 10;
    private const int LongestTimeoutSeconds = 30;
    private const int HttpsPort = 443;
    private const int MostConditions = 64;

    public override void ApplyDefaults(JsonObject obj)
    {
        foreach ((_, JsonObject webhook) in obj.Items("webhooks"))
        {
            webhook.Default("failurePolicy", "Fail");
            webhook.Default("matchPolicy", "Equivalent");
            webhook.Ensure("namespaceSelector");
            webhook.Ensure("objectSelector");
            webhook.Default("timeoutSeconds", DefaultTimeoutSeconds);
            if (mutates)
            {
                webhook.Default("reinvocationPolicy", "Never");
            }

            webhook.Map("clientConfig").Map("service")?.Default("port", HttpsPort);
            foreach ((_, JsonObject rule) in webhook.Items("rules"))
            {
                rule.Default("scope", "*");
            }
        }
    }

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach ((int index, JsonObject webhook) in obj.Items("webhooks"))
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"webhooks[{index}]");
            Webhook(webhook, path, problems);
            if (!names.Add(webhook.Text("name")))
            {
                problems.Duplicate($"{path}.name", webhook.Text("name"));
            }
        }
    }

    private void Webhook(JsonObject webhook, string path, List<FieldProblem> problems)
    {
        Name($"{path}.name", webhook.Text("name"), problems);
        foreach ((int index, JsonObject rule) in webhook.Items("rules"))
        {
            WebhookRuleRules.Validate(rule, string.Create(CultureInfo.InvariantCulture, $"{path}.rules[{index}]"), problems);
        }

        problems.OneOf($"{path}.failurePolicy", webhook["failurePolicy"], required: false, "Fail", "Ignore");
        problems.OneOf($"{path}.matchPolicy", webhook["matchPolicy"], required: false, "Equivalent", "Exact");
        if (webhook.Text("sideEffects").Length == 0)
        {
            problems.Required($"{path}.sideEffects", "must specify one of None, NoneOnDryRun");
        }
        else
        {
            problems.OneOf($"{path}.sideEffects", webhook["sideEffects"], required: false, "None", "NoneOnDryRun");
        }

        if (webhook.Integer("timeoutSeconds") is < 1 or > LongestTimeoutSeconds)
        {
            problems.Invalid($"{path}.timeoutSeconds", webhook["timeoutSeconds"], "the timeout value must be between 1 and 30 seconds");
        }

        if (mutates)
        {
            problems.OneOf($"{path}.reinvocationPolicy", webhook["reinvocationPolicy"], required: false, "IfNeeded", "Never");
        }

        WebhookClientRules.Validate(webhook.Map("clientConfig") ?? [], $"{path}.clientConfig", problems);
        Versions(webhook["admissionReviewVersions"] as JsonArray ?? [], $"{path}.admissionReviewVersions", problems);
        Conditions(webhook["matchConditions"] as JsonArray ?? [], $"{path}.matchConditions", problems);
    }

    private static void Name(string path, string name, List<FieldProblem> problems)
    {
        if (name.Length == 0)
        {
            problems.Required(path);
            return;
        }

        problems.Invalid(path, name, Names.Subdomain(name));
        if (name.Split('.').Length < 3)
        {
            problems.Invalid(path, name, ["should be a domain with at least three segments separated by dots"]);
        }
    }

    private static void Versions(JsonArray versions, string path, List<FieldProblem> problems)
    {
        if (versions.Count == 0)
        {
            problems.Required(path, "must specify one of v1, v1beta1");
        }
        else if (!versions.Any(version => GoJson.Text(version) is "v1" or "v1beta1"))
        {
            problems.Invalid(path, versions, "must include at least one of v1, v1beta1");
        }
    }

    private static void Conditions(JsonArray conditions, string path, List<FieldProblem> problems)
    {
        if (conditions.Count > MostConditions)
        {
            problems.TooMany(path, conditions.Count, MostConditions);
        }

        for (int i = 0; i < conditions.Count; i++)
        {
            string at = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            JsonObject condition = conditions[i] as JsonObject ?? [];
            string name = condition.Text("name");
            if (name.Length == 0)
            {
                problems.Required($"{at}.name");
            }
            else
            {
                problems.Invalid($"{at}.name", name, Names.QualifiedName(name));
            }

            string expression = condition.Text("expression");
            if (expression.Trim().Length == 0)
            {
                problems.Required($"{at}.expression");
            }
            else if (CelProgram.Compile(expression, MatchCondition.Variables, out IReadOnlyList<CelIssue> issues) is not { } program)
            {
                problems.Invalid($"{at}.expression", condition["expression"], $"compilation failed: {CelIssue.Show(expression, issues)}");
            }
            else if (program.Type.Kind is not (CelKind.Bool or CelKind.Dyn))
            {
                problems.Invalid($"{at}.expression", condition["expression"], "must evaluate to bool");
            }
        }
    }
}
