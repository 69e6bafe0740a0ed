using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Resources;

/// <summary>
/// All spellings that manifests in the wild use, and the canonical field of each. This is the only place that knows them:
/// readers canonicalize a spec before they read it, rule by rule in the order given here, and the CRDs declare the second spellings from
/// the same rules.
/// </summary>
public static class Spellings
{
    /// <summary>Field of an instance that holds parameters of skill packs by name; it is spread over <c>skills[].params</c>.</summary>
    public const string SkillConfig = "skillConfig";

    /// <summary>Spellings of AgentRun.</summary>
    public static IReadOnlyList<SpellingRule> AgentRun { get; } =
    [
        new("agentRef", "instanceRef"),
        new("input", "task"),
        new("model.model", "model.name"),
        new("skills", "skills", SkillObjects),
    ];

    /// <summary>Spellings of SympoziumInstance and Agent.</summary>
    public static IReadOnlyList<SpellingRule> Instance { get; } =
    [
        new("policy", "policyRef"),
        new("skills", "skills", SkillObjects),
        new("provider", "agents.default.model", provider => Field(provider, "model"), "Provider of the model: name, model, apiKeySecret, baseURL."),
        new("provider", "agents.default.baseURL", provider => Field(provider, "baseURL")),
        new("provider", "authRefs", AuthReferences),
    ];

    /// <summary>Spellings of SympoziumPolicy.</summary>
    public static IReadOnlyList<SpellingRule> Policy { get; } =
    [
        new("sandbox", "sandboxPolicy", SandboxPolicy, "Sandbox of agent pods: enabled, runtimeClass."),
    ];

    /// <summary>Spellings of SympoziumSchedule.</summary>
    public static IReadOnlyList<SpellingRule> Schedule { get; } =
    [
        new("agentRef", "instanceRef"),
        new("input", "task"),
        new("timeZone", "timezone"),
        new("schedule", "timezone", ZoneOfCron),
        new("schedule", "schedule", CronWithoutZone),
    ];

    /// <summary>Spellings of Ensemble and PersonaPack. The list is renamed before its items are read.</summary>
    public static IReadOnlyList<SpellingRule> Ensemble { get; } =
    [
        new("personas", "agentConfigs"),
        new("policy", "policyRef"),
        new("agentConfigs[].skills", "agentConfigs[].skills", SkillObjects),
        new("agentConfigs[].schedule.input", "agentConfigs[].schedule.task"),
        new("agentConfigs[].schedule.timeZone", "agentConfigs[].schedule.timezone"),
        new("agentConfigs[].schedule.cron", "agentConfigs[].schedule.timezone", ZoneOfCron),
        new("agentConfigs[].schedule.cron", "agentConfigs[].schedule.cron", CronWithoutZone),
    ];

    /// <summary>Spellings of Model: variables as a list, as containers have them, or as a map, as agents and MCP servers have them.</summary>
    public static IReadOnlyList<SpellingRule> Model { get; } = [new("inference.env", "inference.env", VariableList) { AnyType = true }];

    /// <summary>Kinds whose fields have one spelling only.</summary>
    public static IReadOnlyList<SpellingRule> None { get; } = [];

    /// <summary>Returns a canonical copy of <paramref name="spec"/>; contradictions are added to <paramref name="problems"/>.</summary>
    public static JsonObject Canonicalize(IReadOnlyList<SpellingRule> rules, JsonObject spec, ICollection<ResourceProblem> problems)
    {
        var copy = (JsonObject)spec.DeepClone();
        DropNulls(copy);
        foreach (SpellingRule rule in rules)
        {
            rule.Apply(copy, problems);
        }

        foreach (string used in rules.Where(rule => rule.Convert is not null && rules.All(other => other.To != rule.From)).Select(rule => rule.From).Distinct())
        {
            copy.Remove(used);
        }

        MergeSkillConfig(copy, problems);
        return copy;
    }

    /// <summary>A field that is null means the same as one that is absent, as it does to the API.</summary>
    private static void DropNulls(JsonNode node)
    {
        switch (node)
        {
            case JsonObject fields:
                foreach (string name in fields.Where(pair => pair.Value is null).Select(pair => pair.Key).ToArray())
                {
                    fields.Remove(name);
                }

                foreach ((_, JsonNode? value) in fields)
                {
                    DropNulls(value!);
                }

                break;
            case JsonArray items:
                items.RemoveAll(item => item is null);
                foreach (JsonNode? item in items)
                {
                    DropNulls(item!);
                }

                break;
        }
    }

    private static JsonNode? Field(JsonNode node, string name) => (node as JsonObject)?[name]?.DeepClone();

    private static JsonArray? SkillObjects(JsonNode skills)
    {
        if (skills is not JsonArray list)
        {
            return null;
        }

        var objects = new JsonArray();
        foreach (JsonNode? item in list)
        {
            objects.Add(item is JsonValue value && value.TryGetValue(out string? name)
                ? new JsonObject { ["skillPackRef"] = name }
                : item?.DeepClone());
        }

        return objects;
    }

    private static JsonArray? VariableList(JsonNode variables) => variables is JsonObject map
        ? [.. map.Select(pair => new JsonObject { ["name"] = pair.Key, ["value"] = pair.Value?.DeepClone() })]
        : null;

    private static JsonArray? AuthReferences(JsonNode provider)
    {
        if (provider is not JsonObject fields || (fields["apiKeySecret"] is null && fields["name"] is null))
        {
            return null;
        }

        // A provider without a secret (a local one) still has to name itself.
        return new JsonArray(new JsonObject
        {
            ["provider"] = fields["name"]?.DeepClone(),
            ["secret"] = fields["apiKeySecret"]?.DeepClone() ?? "",
        });
    }

    private static JsonObject? SandboxPolicy(JsonNode sandbox)
    {
        if (sandbox is not JsonObject fields)
        {
            return null;
        }

        var policy = new JsonObject { ["required"] = fields["enabled"]?.DeepClone() ?? false };
        if (fields["runtimeClass"] is JsonNode runtimeClass)
        {
            policy["runtimeClass"] = runtimeClass.DeepClone();
        }

        return policy;
    }

    /// <summary>The time zone that a cron expression may begin with, as cron libraries allow: <c>CRON_TZ=Europe/Paris 0 9 * * *</c>.</summary>
    private static JsonValue? ZoneOfCron(JsonNode cron) => SplitCron(cron).Zone is string zone ? JsonValue.Create(zone) : null;

    private static JsonValue? CronWithoutZone(JsonNode cron) => SplitCron(cron).Expression is string expression ? JsonValue.Create(expression) : null;

    private static (string? Zone, string? Expression) SplitCron(JsonNode cron)
    {
        string text = cron.AsText()?.TrimStart() ?? "";
        string? prefix = Array.Find(["CRON_TZ=", "TZ="], prefix => text.StartsWith(prefix, StringComparison.Ordinal));
        int end = text.IndexOf(' ', StringComparison.Ordinal);
        return prefix is null || end < 0 ? (null, null) : (text[prefix.Length..end], text[end..].TrimStart());
    }

    /// <summary><c>skillConfig: {pack: {...}}</c> becomes the <c>params</c> of that pack in <c>skills</c>.</summary>
    private static void MergeSkillConfig(JsonObject spec, ICollection<ResourceProblem> problems)
    {
        if (spec[SkillConfig] is not JsonObject config)
        {
            return;
        }

        JsonObject[] skills = [.. (spec["skills"] as JsonArray ?? []).OfType<JsonObject>()];
        foreach ((string name, JsonNode? parameters) in config)
        {
            JsonObject? skill = Array.Find(skills, skill => skill["skillPackRef"].AsText() == name);
            if (skill is null)
            {
                problems.Add(new($"spec.{SkillConfig}.{name}", $"is about the skill pack '{name}', which spec.skills does not name; add it there or remove this"));
            }
            else if (skill["params"] is JsonNode existing && !JsonNode.DeepEquals(existing, parameters))
            {
                problems.Add(new($"spec.{SkillConfig}.{name}", $"is another spelling of the params of '{name}' in spec.skills, and the two have different values; keep one of them"));
            }
            else
            {
                skill["params"] = parameters?.DeepClone();
            }
        }

        spec.Remove(SkillConfig);
    }
}
