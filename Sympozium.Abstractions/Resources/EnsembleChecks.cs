namespace Sympozium.Abstractions.Resources;

/// <summary>Rules of Ensemble and PersonaPack that a schema cannot say, but for those of the graph (<see cref="RelationshipChecks"/>).</summary>
internal static class EnsembleChecks
{
    /// <summary>A label's value has at most 63 characters.</summary>
    private const int LongestLabel = 63;

    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestInterval = TimeSpan.FromHours(24);

    public static void Check(EnsembleSpec spec, ICollection<ResourceProblem> problems)
    {
        IReadOnlyList<PersonaSpec> personas = spec.AgentConfigs ?? [];
        if (personas.Count == 0)
        {
            problems.Add(new("spec.agentConfigs", "is required: at least one persona with name and systemPrompt (also spelled spec.personas)"));
        }

        FieldChecks.Unique("spec.agentConfigs", personas.Select(persona => persona.Name), "the persona", problems);
        for (int i = 0; i < personas.Count; i++)
        {
            Persona(FieldChecks.Item("spec.agentConfigs", i), personas[i], problems);
        }

        HashSet<string> names = [.. personas.Select(persona => persona.Name)];
        Known("spec.excludePersonas", spec.ExcludePersonas, names, problems);
        FieldChecks.Name("spec.policyRef", spec.PolicyRef, "SympoziumPolicy", problems);
        FieldChecks.Url("spec.baseURL", spec.BaseUrl, problems);
        FieldChecks.ModelReference("spec.modelRef", spec.ModelRef, problems);
        FieldChecks.AuthReferences("spec.authRefs", spec.AuthRefs, problems);
        Channels("spec", spec.ChannelConfigs, spec.ChannelAccessControl?.Keys, spec.ChannelTriggers?.Keys, problems);
        if (spec.SharedMemory is { } memory)
        {
            SharedMemory(memory, names, problems);
        }

        RelationshipChecks.Check(spec, names, problems);
    }

    /// <summary>What the personas' instances will be called: names that are labels of runs, too.</summary>
    public static void Names(string team, IReadOnlyList<PersonaSpec> personas, ICollection<ResourceProblem> problems)
    {
        for (int i = 0; i < personas.Count; i++)
        {
            string instance = $"{team}-{personas[i].Name}";
            if (instance.Length > LongestLabel)
            {
                problems.Add(new(
                    $"{FieldChecks.Item("spec.agentConfigs", i)}.name", $"makes the instance's name '{instance}', which has {instance.Length} characters; at most {LongestLabel} fit, so shorten the persona's name or the team's"));
            }
        }
    }

    /// <summary>References to personas that do not exist.</summary>
    public static void Known(string path, IEnumerable<string>? references, HashSet<string> personas, ICollection<ResourceProblem> problems)
    {
        foreach (string name in (references ?? []).Where(name => !personas.Contains(name)))
        {
            problems.Add(new(path, $"names '{name}', which is none of the personas: {string.Join(", ", personas.Order(StringComparer.Ordinal))}"));
        }
    }

    private static void Persona(string path, PersonaSpec persona, ICollection<ResourceProblem> problems)
    {
        FieldChecks.Url($"{path}.baseURL", persona.BaseUrl, problems);
        FieldChecks.Duration($"{path}.runTimeout", persona.RunTimeout, problems);
        FieldChecks.Variables($"{path}.env", persona.Env, problems);
        FieldChecks.Skills($"{path}.skills", persona.Skills, problems);
        FieldChecks.ToolNames($"{path}.toolPolicy.allow", persona.ToolPolicy?.Allow, problems);
        FieldChecks.ToolNames($"{path}.toolPolicy.deny", persona.ToolPolicy?.Deny, problems);
        FieldChecks.Lifecycle($"{path}.lifecycle", persona.Lifecycle, problems);
        FieldChecks.McpServers($"{path}.mcpServers", persona.McpServers, problems);
        FieldChecks.ChannelTypes($"{path}.channels", persona.Channels, problems);
        Channels(path, persona.ChannelConfigs, persona.ChannelAccessControl?.Keys, persona.ChannelTriggers?.Keys, problems);
        if (persona.Schedule is { } schedule)
        {
            Schedule($"{path}.schedule", schedule, problems);
        }
    }

    private static void Schedule(string path, PersonaScheduleSpec schedule, ICollection<ResourceProblem> problems)
    {
        if (string.IsNullOrWhiteSpace(schedule.Task))
        {
            problems.Add(new($"{path}.task", "is required: the text of what the agent shall do each time (also spelled input)"));
        }

        FieldChecks.Cron($"{path}.cron", schedule.Cron, problems);
        FieldChecks.TimeZone($"{path}.timezone", schedule.Timezone, problems);
        FieldChecks.Duration($"{path}.interval", schedule.Interval, problems);
        if (GoDuration.TryParse(schedule.Interval, out TimeSpan interval) && (interval < ShortestInterval || interval > LongestInterval))
        {
            problems.Add(new($"{path}.interval", $"'{schedule.Interval}' must be from 1m to 24h; for other times write a cron expression into {path}.cron"));
        }
    }

    private static void Channels(
        string path, IReadOnlyDictionary<string, string>? secrets, IEnumerable<string>? access, IEnumerable<string>? triggers, ICollection<ResourceProblem> problems)
    {
        FieldChecks.ChannelTypes($"{path}.channelConfigs", secrets?.Keys, problems);
        FieldChecks.ChannelTypes($"{path}.channelAccessControl", access, problems);
        FieldChecks.ChannelTypes($"{path}.channelTriggers", triggers, problems);
        foreach ((string type, string secret) in secrets ?? new Dictionary<string, string>())
        {
            FieldChecks.Name($"{path}.channelConfigs.{type}", secret, "Secret", problems);
        }
    }

    private static void SharedMemory(SharedMemorySpec memory, HashSet<string> personas, ICollection<ResourceProblem> problems)
    {
        const string Path = "spec.sharedMemory";
        IReadOnlyList<MemoryAccessSpec> rules = memory.AccessRules ?? [];
        Known($"{Path}.accessRules", rules.Select(rule => rule.AgentConfig), personas, problems);
        FieldChecks.Unique($"{Path}.accessRules", rules.Select(rule => rule.AgentConfig), "the persona", problems);
        if (memory.Membrane is not { } membrane)
        {
            return;
        }

        IReadOnlyList<PermeabilitySpec> permeability = membrane.Permeability ?? [];
        Known($"{Path}.membrane.permeability", permeability.Select(rule => rule.AgentConfig), personas, problems);
        FieldChecks.Unique($"{Path}.membrane.permeability", permeability.Select(rule => rule.AgentConfig), "the persona", problems);
        IReadOnlyList<TrustGroupSpec> groups = membrane.TrustGroups ?? [];
        FieldChecks.Unique($"{Path}.membrane.trustGroups", groups.Select(group => group.Name), "the group", problems);
        foreach (TrustGroupSpec group in groups)
        {
            Known($"{Path}.membrane.trustGroups.{group.Name}", group.AgentConfigs, personas, problems);
        }

        FieldChecks.Duration($"{Path}.membrane.circuitBreaker.cooldownDuration", membrane.CircuitBreaker?.CooldownDuration, problems);
        FieldChecks.Duration($"{Path}.membrane.timeDecay.ttl", membrane.TimeDecay?.TimeToLive, problems);
        if (membrane.TokenBudget is { MaxTokens: > 0 and long all, MaxTokensPerRun: long one } && one > all)
        {
            problems.Add(new($"{Path}.membrane.tokenBudget.maxTokensPerRun", $"{one} is more than maxTokens, {all}: one run cannot use more than all of them"));
        }
    }
}
