using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Resources;

/// <summary>Rules of SkillPack that a schema cannot say: names that become files and commands.</summary>
internal static class SkillPackChecks
{
    public static void Check(SkillPackSpec spec, ICollection<ResourceProblem> problems)
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

        if (spec.Sidecar is { } sidecar)
        {
            Sidecar(sidecar, problems);
        }
    }

    private static void Sidecar(SkillSidecarSpec sidecar, ICollection<ResourceProblem> problems)
    {
        FieldChecks.VariableList("spec.sidecar.env", sidecar.Env, problems);
        FieldChecks.Name("spec.sidecar.secretRef", sidecar.SecretRef, "Secret", problems);
        AbsolutePath("spec.sidecar.secretMountPath", sidecar.SecretMountPath, problems);
        foreach (HostMountSpec mount in sidecar.HostAccess?.Mounts ?? [])
        {
            AbsolutePath("spec.sidecar.hostAccess.mounts.hostPath", mount.HostPath, problems);
            AbsolutePath("spec.sidecar.hostAccess.mounts.mountPath", mount.MountPath, problems);
        }

        IReadOnlyList<SidecarToolSpec> tools = sidecar.Tools ?? [];
        FieldChecks.Unique("spec.sidecar.tools", tools.Select(tool => tool.Name), "the tool", problems);
        for (int i = 0; i < tools.Count; i++)
        {
            Tool(FieldChecks.Item("spec.sidecar.tools", i), tools[i], problems);
        }
    }

    /// <summary>The executor builds a command line from the model's arguments: it must know the place of each.</summary>
    private static void Tool(string path, SidecarToolSpec tool, ICollection<ResourceProblem> problems)
    {
        if (BuiltInToolNames.All.Contains(tool.Name))
        {
            problems.Add(new($"{path}.name", $"'{tool.Name}' is the name of a built-in tool; choose another one"));
        }

        if (tool.Exec.Any(string.IsNullOrEmpty))
        {
            problems.Add(new($"{path}.exec", "must be the program and its first arguments, none of them empty"));
        }

        string[] known = [.. (tool.Parameters?["properties"] as JsonObject ?? []).Select(pair => pair.Key)];
        string[] required = [.. (tool.Parameters?["required"] as JsonArray ?? []).Select(name => name.AsText()).OfType<string>()];
        IReadOnlyList<string> positional = tool.PositionalArgs ?? [];
        FieldChecks.Unique($"{path}.positionalArgs", positional, "the parameter", problems);
        foreach (string name in positional.Where(name => !known.Contains(name) || !required.Contains(name)))
        {
            problems.Add(new($"{path}.positionalArgs", $"'{name}' must stand in parameters.properties and in parameters.required: an argument that may be absent has no place"));
        }

        foreach (string name in known.Where(name => tool.InputMode is not "stdin" && !positional.Contains(name)))
        {
            problems.Add(new($"{path}.parameters.properties.{name}", "has no place among the program's arguments; add it to positionalArgs, or use inputMode stdin"));
        }
    }

    private static void AbsolutePath(string path, string? text, ICollection<ResourceProblem> problems)
    {
        if (text is not null && !text.StartsWith('/'))
        {
            problems.Add(new(path, $"'{text}' must be an absolute path"));
        }
    }
}
