using System.Globalization;
using System.Text.RegularExpressions;
using Sympozium.Abstractions.Ipc;

namespace Sympozium.Abstractions.Resources;

/// <summary>Rules of single fields that several kinds share. Each adds every problem it finds.</summary>
internal static partial class FieldChecks
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
        PodEnvironment.DryRun, PodEnvironment.AllowedOutboundChannels,
        PodEnvironment.TraceParent,
        PodEnvironment.TraceState,
        PodEnvironment.ReportSpans,
    ];

    /// <summary>Beginnings of names that steer the loader, the .NET runtime and the runner, in any version of them.</summary>
    private static readonly string[] DeniedPrefixes = ["LD_", "DOTNET_", "COMPlus_", "CORECLR_", "COREHOST_"];

    private static readonly string[] ChannelTypesKnown = ["telegram", "slack", "discord", "whatsapp"];

    /// <summary>A year: longer ones are mistakes, and the dates computed from them would leave the calendar.</summary>
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(365);

    public static void Skills(string path, IReadOnlyList<SkillReference>? skills, ICollection<ResourceProblem> problems)
    {
        for (int i = 0; i < (skills?.Count ?? 0); i++)
        {
            if (string.IsNullOrEmpty(skills![i].SkillPackRef) == string.IsNullOrEmpty(skills[i].ConfigMapRef))
            {
                problems.Add(new(Item(path, i), "must name exactly one of skillPackRef and configMapRef"));
            }
            else
            {
                Name($"{Item(path, i)}.skillPackRef", skills[i].SkillPackRef, "SkillPack", problems);
                Name($"{Item(path, i)}.configMapRef", skills[i].ConfigMapRef, "ConfigMap", problems);
            }
        }
    }

    public static void Duration(string path, string? text, ICollection<ResourceProblem> problems)
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
    public static void ToolNames(string path, IEnumerable<string>? tools, ICollection<ResourceProblem> problems)
    {
        foreach (string tool in tools ?? [])
        {
            if (tool.Length == 0 || tool.Any(c => c == ',' || char.IsWhiteSpace(c) || char.IsControl(c)))
            {
                problems.Add(new(path, $"'{tool}' is not a tool's name: it must not be empty or contain a comma or white space"));
            }
        }
    }

    public static void Url(string path, string? text, ICollection<ResourceProblem> problems)
    {
        if (text is not null && !(Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"))
        {
            problems.Add(new(path, $"'{text}' is not an absolute http or https URL"));
        }
    }

    public static void Variables(string path, IReadOnlyDictionary<string, string>? variables, ICollection<ResourceProblem> problems)
    {
        foreach (string name in variables?.Keys ?? [])
        {
            if (DecidesCode(name))
            {
                problems.Add(new($"{path}.{name}", "must not be set: it decides which code the container runs"));
            }
            else if (OwnedVariables.Contains(name) || name.StartsWith("SYMPOZIUM_", StringComparison.Ordinal))
            {
                problems.Add(new($"{path}.{name}", "must not be set: the control plane owns this variable; choose another name, or the field of the spec that says it"));
            }
        }
    }

    /// <summary>The name of another object.</summary>
    public static void Name(string path, string? name, string what, ICollection<ResourceProblem> problems)
    {
        if (name is not null && (name.Length is 0 or > 253 || !Subdomain().IsMatch(name)))
        {
            problems.Add(new(path, $"'{name}' cannot be the name of a {what}: 1 to 253 of a-z 0-9 - and ., beginning and ending with a letter or digit"));
        }
    }

    /// <summary>A Model by name or namespace/name.</summary>
    public static void ModelReference(string path, string? reference, ICollection<ResourceProblem> problems)
    {
        string[] parts = reference?.Split('/') ?? [];
        if (parts.Length > 2)
        {
            problems.Add(new(path, $"'{reference}' must be the name of a Model, or its namespace and name as namespace/name"));
            return;
        }

        foreach (string part in parts)
        {
            Name(path, part, "Model", problems);
        }
    }

    /// <summary>A cron expression that means some date.</summary>
    public static void Cron(string path, string? text, ICollection<ResourceProblem> problems)
    {
        if (text is null)
        {
            return;
        }

        CronExpression? cron = CronExpression.Parse(text, out string? problem);
        if (cron is null)
        {
            problems.Add(new(path, problem!));
        }
        else if (!cron.IsReachable)
        {
            problems.Add(new(path, $"'{text}' never comes: no month that it names has such a day"));
        }
    }

    /// <summary>A time zone by its IANA name.</summary>
    public static void TimeZone(string path, string? name, ICollection<ResourceProblem> problems)
    {
        if (name is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(name, out _))
        {
            problems.Add(new(path, $"'{name}' is not a time zone that this machine knows; write an IANA name such as Europe/Paris (they come with the package tzdata)"));
        }
    }

    /// <summary>Whether a variable decides which code a container runs.</summary>
    public static bool DecidesCode(string name) =>
        DeniedVariables.Contains(name) || DeniedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>A name or another value that may stand in a list once only.</summary>
    public static void Unique(string path, IEnumerable<string> values, string what, ICollection<ResourceProblem> problems)
    {
        foreach (string value in values.GroupBy(value => value, StringComparer.Ordinal).Where(group => group.Skip(1).Any()).Select(group => group.Key))
        {
            problems.Add(new(path, $"has {what} '{value}' more than once"));
        }
    }

    /// <summary>Rules of hooks: names, times, variables, and at most one gate, after the agent.</summary>
    public static void Lifecycle(string path, LifecycleSpec? lifecycle, ICollection<ResourceProblem> problems)
    {
        Hooks($"{path}.preRun", lifecycle?.PreRun ?? [], problems);
        Hooks($"{path}.postRun", lifecycle?.PostRun ?? [], problems);
        foreach (HookSpec hook in (lifecycle?.PreRun ?? []).Where(hook => hook.Gate is true))
        {
            problems.Add(new($"{path}.preRun", $"the hook '{hook.Name}' is a gate; a gate decides on the answer, so it belongs into postRun"));
        }

        string[] gates = [.. (lifecycle?.PostRun ?? []).Where(hook => hook.Gate is true).Select(hook => hook.Name)];
        if (gates.Length > 1)
        {
            problems.Add(new($"{path}.postRun", $"has {gates.Length} gates ('{string.Join("', '", gates)}'); at most one hook may be a gate"));
        }
    }

    /// <summary>Rules of environment variables that are written as a list.</summary>
    public static void VariableList(string path, IReadOnlyList<VariableSpec>? variables, ICollection<ResourceProblem> problems)
    {
        IReadOnlyList<VariableSpec> all = variables ?? [];
        Unique(path, all.Select(variable => variable.Name), "the variable", problems);
        foreach (VariableSpec variable in all)
        {
            if (variable.Value is not null && variable.ValueFrom is not null)
            {
                problems.Add(new($"{path}.{variable.Name}", "has both value and valueFrom; keep one of them"));
            }
            else if (variable.ValueFrom is { SecretKeyRef: null })
            {
                problems.Add(new($"{path}.{variable.Name}.valueFrom", "must have secretKeyRef {name, key}"));
            }
        }
    }

    /// <summary>Rules of the MCP servers that an agent uses: unique names and prefixes, a URL that is one.</summary>
    public static void McpServers(string path, IReadOnlyList<McpServerReference>? servers, ICollection<ResourceProblem> problems)
    {
        IReadOnlyList<McpServerReference> all = servers ?? [];
        Unique(path, all.Select(server => server.Name), "the server", problems);
        Unique(path, all.Select(server => server.ToolsPrefix), "the toolsPrefix", problems);
        for (int i = 0; i < all.Count; i++)
        {
            string item = Item(path, i);
            Url($"{item}.url", all[i].Url, problems);
            Name($"{item}.authSecret", all[i].AuthSecret, "Secret", problems);
            ToolNames($"{item}.toolsAllow", all[i].ToolsAllow, problems);
            ToolNames($"{item}.toolsDeny", all[i].ToolsDeny, problems);
        }
    }

    /// <summary>One of the kinds of channel, as the key of a map or an item of a list.</summary>
    public static void ChannelTypes(string path, IEnumerable<string>? types, ICollection<ResourceProblem> problems)
    {
        foreach (string type in (types ?? []).Where(type => !ChannelTypesKnown.Contains(type)))
        {
            problems.Add(new(path, $"'{type}' is no kind of channel; known are {string.Join(", ", ChannelTypesKnown)}"));
        }
    }

    /// <summary>Secrets of providers.</summary>
    public static void AuthReferences(string path, IReadOnlyList<AuthReference>? references, ICollection<ResourceProblem> problems)
    {
        for (int i = 0; i < (references?.Count ?? 0); i++)
        {
            // A provider that needs no key is named with an empty secret.
            if (references![i].Secret.Length > 0)
            {
                Name($"{Item(path, i)}.secret", references[i].Secret, "Secret", problems);
            }
        }
    }

    /// <summary>Path of an item of a list.</summary>
    public static string Item(string path, int index) => string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");

    private static void Hooks(string path, IReadOnlyList<HookSpec> hooks, ICollection<ResourceProblem> problems)
    {
        Unique(path, hooks.Select(hook => hook.Name), "the hook", problems);
        for (int i = 0; i < hooks.Count; i++)
        {
            if (hooks[i].Name.Length > 50 || !Label().IsMatch(hooks[i].Name))
            {
                problems.Add(new($"{Item(path, i)}.name", $"'{hooks[i].Name}' must be 1 to 50 of a-z 0-9 and -: it becomes a container's name"));
            }

            Duration($"{Item(path, i)}.timeout", hooks[i].Timeout, problems);
            VariableList($"{Item(path, i)}.env", hooks[i].Env, problems);
        }
    }

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex Subdomain();

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex Label();
}
