using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Resources;

/// <summary>Rules of a canonical spec that a schema cannot say. Each adds every problem it finds.</summary>
internal static class ResourceChecks
{
    /// <summary>Variables that decide which code a container runs; nobody may set them.</summary>
    private static readonly string[] DeniedVariables =
        ["PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "HOME", "SHELL", "USER", "HOSTNAME"];

    public static void AgentRun(AgentRunSpec spec, ICollection<ResourceProblem> problems)
    {
        if (string.IsNullOrEmpty(spec.InstanceRef))
        {
            problems.Add(new("spec.instanceRef", "is required: the name of a SympoziumInstance or Agent in the run's namespace"));
        }

        CheckTask(spec, problems);
        CheckDuration("spec.timeout", spec.Timeout, problems);
        CheckVariables("spec.env", spec.Env, problems);
        CheckSkills(spec.Skills, problems);
    }

    public static void Instance(InstanceSpec spec, ICollection<ResourceProblem> problems)
    {
        if (string.IsNullOrEmpty(spec.Agents?.Default?.Model))
        {
            problems.Add(new("spec.agents.default.model", "is required: a model name as the provider knows it (also spelled spec.provider.model)"));
        }

        CheckDuration("spec.agents.default.runTimeout", spec.Agents?.Default?.RunTimeout, problems);
        CheckVariables("spec.agents.default.env", spec.Agents?.Default?.Env, problems);
        CheckUrl("spec.agents.default.baseURL", spec.Agents?.Default?.BaseUrl, problems);
        CheckSkills(spec.Skills, problems);
    }

    public static void Policy(PolicySpec spec, ICollection<ResourceProblem> problems)
    {
        IReadOnlyList<ToolRuleSpec> rules = spec.ToolGating?.Rules ?? [];
        foreach (string tool in rules.GroupBy(rule => rule.Tool).Where(group => group.Select(rule => rule.Action).Distinct().Count() > 1).Select(group => group.Key))
        {
            problems.Add(new("spec.toolGating.rules", $"has several rules with different actions for the tool '{tool}'; keep one"));
        }
    }

    public static void SkillPack(SkillPackSpec spec, ICollection<ResourceProblem> problems)
    {
        IReadOnlyList<SkillSpec> skills = spec.Skills ?? [];
        if (skills.Count == 0)
        {
            problems.Add(new("spec.skills", "is required: at least one skill with name and content"));
        }

        for (int i = 0; i < skills.Count; i++)
        {
            // The name becomes a ConfigMap key and a file name.
            if (skills[i].Name.Length is 0 or > 200 || !skills[i].Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') || skills[i].Name.StartsWith('.'))
            {
                problems.Add(new($"spec.skills[{i}].name", $"'{skills[i].Name}' must be 1 to 200 of A-Z a-z 0-9 - _ . and not start with a dot: it becomes a file name"));
            }
        }

        foreach (string name in skills.GroupBy(skill => skill.Name).Where(group => group.Count() > 1).Select(group => group.Key))
        {
            problems.Add(new("spec.skills", $"names the skill '{name}' more than once"));
        }
    }

    private static void CheckTask(AgentRunSpec spec, ICollection<ResourceProblem> problems)
    {
        switch (spec.Task)
        {
            case JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.String:
                break;
            case JsonObject task:
                problems.Add(new("spec.task.mode", $"'{(string?)task["mode"]}' is not supported; give the task as a text"));
                break;
            case null when spec.Messages is { Count: > 0 }:
                break;
            case null:
                problems.Add(new("spec.task", "is required: the text of what the agent shall do (also spelled spec.input)"));
                break;
            default:
                problems.Add(new("spec.task", $"must be a text or an object, not {spec.Task.GetValueKind().ToString().ToLowerInvariant()}"));
                break;
        }
    }

    private static void CheckSkills(IReadOnlyList<SkillReference>? skills, ICollection<ResourceProblem> problems)
    {
        for (int i = 0; i < (skills?.Count ?? 0); i++)
        {
            if (string.IsNullOrEmpty(skills![i].SkillPackRef) == string.IsNullOrEmpty(skills[i].ConfigMapRef))
            {
                problems.Add(new($"spec.skills[{i}]", "must name exactly one of skillPackRef and configMapRef"));
            }
        }
    }

    private static void CheckDuration(string path, string? text, ICollection<ResourceProblem> problems)
    {
        if (text is not null && !GoDuration.TryParse(text, out _))
        {
            problems.Add(new(path, $"'{text}' is not a positive duration; write it like 90s, 5m or 1h30m"));
        }
    }

    private static void CheckUrl(string path, string? text, ICollection<ResourceProblem> problems)
    {
        if (text is not null && !(Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"))
        {
            problems.Add(new(path, $"'{text}' is not an absolute http or https URL"));
        }
    }

    private static void CheckVariables(string path, IReadOnlyDictionary<string, string>? variables, ICollection<ResourceProblem> problems)
    {
        foreach (string name in (variables?.Keys ?? []).Intersect(DeniedVariables))
        {
            problems.Add(new($"{path}.{name}", "must not be set: it decides which code the container runs"));
        }
    }
}
