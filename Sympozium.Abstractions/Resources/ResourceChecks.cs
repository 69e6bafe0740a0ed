using System.Text.Json.Nodes;
using Sympozium.Abstractions.Ipc;

namespace Sympozium.Abstractions.Resources;

/// <summary>Rules of a canonical spec that a schema cannot say. Each adds every problem it finds.</summary>
internal static class ResourceChecks
{
    /// <summary>Variables that decide which code a container runs; nobody may set them.</summary>
    private static readonly string[] DeniedVariables =
        ["PATH", "HOME", "SHELL", "USER", "HOSTNAME"];

    /// <summary>Variables that the control plane gives to each pod: what a run is, what it may do and where its files and the gateway are.</summary>
    private static readonly string[] OwnedVariables =
    [
        PodEnvironment.RunId, PodEnvironment.Namespace, PodEnvironment.Instance, PodEnvironment.AgentId, PodEnvironment.SessionKey,
        PodEnvironment.ModelName, PodEnvironment.ModelProvider, PodEnvironment.OpenAiBaseUrl, PodEnvironment.OpenAiApiKey,
        PodEnvironment.EventBusUrl, PodEnvironment.RunTimeoutSeconds, PodEnvironment.ToolPolicyAllow, PodEnvironment.ToolPolicyDeny,
        PodEnvironment.ToolPolicyAsk, PodEnvironment.ToolPolicyDefault, PodEnvironment.DryRun, PodEnvironment.AllowedOutboundChannels,
        PodEnvironment.TraceParent,
    ];

    /// <summary>Beginnings of names that steer the loader, the .NET runtime and the runner, in any version of them.</summary>
    private static readonly string[] DeniedPrefixes = ["LD_", "DOTNET_", "COMPlus_", "CORECLR_", "COREHOST_"];

    /// <summary>A year: longer ones are mistakes, and the dates computed from them would leave the calendar.</summary>
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(365);

    public static void AgentRun(AgentRunSpec spec, ICollection<ResourceProblem> problems)
    {
        if (string.IsNullOrEmpty(spec.InstanceRef))
        {
            problems.Add(new("spec.instanceRef", "is required: the name of a SympoziumInstance or Agent in the run's namespace"));
        }

        CheckTask(spec, problems);
        CheckDuration("spec.timeout", spec.Timeout, problems);
        CheckVariables("spec.env", spec.Env, problems);
        CheckUrl("spec.model.baseURL", spec.Model?.BaseUrl, problems);
        CheckToolNames("spec.toolPolicy.allow", spec.ToolPolicy?.Allow, problems);
        CheckToolNames("spec.toolPolicy.deny", spec.ToolPolicy?.Deny, problems);
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
                problems.Add(new("spec.task.mode", $"'{task["mode"].AsText()}' is not supported; give the task as a text"));
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

    public static void CheckDuration(string path, string? text, ICollection<ResourceProblem> problems)
    {
        if (text is null)
        {
            return;
        }

        if (!GoDuration.TryParse(text, out TimeSpan duration))
        {
            problems.Add(new(path, $"'{text}' is not a positive duration; write it like 90s, 5m or 1h30m"));
        }
        else if (duration > LongestTimeout)
        {
            problems.Add(new(path, $"'{text}' is too long; at most {LongestTimeout.TotalHours:0}h"));
        }
    }

    /// <summary>Lists of tools travel as comma-separated variables; a comma in a name would be two names there.</summary>
    public static void CheckToolNames(string path, IEnumerable<string>? tools, ICollection<ResourceProblem> problems)
    {
        foreach (string tool in tools ?? [])
        {
            if (tool.Length == 0 || tool.Any(c => c == ',' || char.IsWhiteSpace(c) || char.IsControl(c)))
            {
                problems.Add(new(path, $"'{tool}' is not a tool's name: it must not be empty or contain a comma or white space"));
            }
        }
    }

    public static void CheckUrl(string path, string? text, ICollection<ResourceProblem> problems)
    {
        if (text is not null && !(Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"))
        {
            problems.Add(new(path, $"'{text}' is not an absolute http or https URL"));
        }
    }

    private static void CheckVariables(string path, IReadOnlyDictionary<string, string>? variables, ICollection<ResourceProblem> problems)
    {
        foreach (string name in variables?.Keys ?? [])
        {
            if (DeniedVariables.Contains(name) || DeniedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            {
                problems.Add(new($"{path}.{name}", "must not be set: it decides which code the container runs"));
            }
            else if (OwnedVariables.Contains(name) || name.StartsWith("SYMPOZIUM_", StringComparison.Ordinal))
            {
                problems.Add(new($"{path}.{name}", "must not be set: the control plane owns this variable; choose another name, or the field of the spec that says it"));
            }
        }
    }
}
