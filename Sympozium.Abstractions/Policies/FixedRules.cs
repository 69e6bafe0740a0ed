using System.Text.Json.Nodes;
using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Policies;

/// <summary>
/// What holds with or without a policy: names and mounts that the control plane needs for itself, and variables of hooks that decide which
/// code runs. (What contradicts itself, and the variables of the agent itself, are checked by the readers.)
/// </summary>
public static class FixedRules
{
    /// <summary>Volumes that the control plane makes.</summary>
    public static IReadOnlyList<string> ReservedVolumes { get; } = ["gateway", "input", "ipc", "mcp-config", "memory", "sidecar-tools", "skills", "tmp", "workspace"];

    /// <summary>Mounts of the control plane: nothing of the user's may lie at them.</summary>
    private static readonly string[] ReservedMounts =
        [IpcPaths.DefaultRoot, PodEnvironment.InputMount, PodEnvironment.GatewayMount, "/config", "/skills", "/tmp", "/workspace"];

    /// <summary>Mounts below which nothing of the user's may lie, either.</summary>
    private static readonly string[] ClosedMounts = [IpcPaths.DefaultRoot, PodEnvironment.GatewayMount, "/config"];

    /// <summary>Checks a run and, where it matters for the run, its instance.</summary>
    public static void CheckRun(JsonObject run, JsonObject? instance, ICollection<ResourceProblem> problems)
    {
        JsonObject spec = Spec(run);
        CheckSettings(spec, "spec", problems);
        CheckVolumes(spec, problems);
        Dictionary<string, JsonNode> own = Volumes(spec);
        foreach ((string name, JsonNode volume) in Volumes(instance is null ? [] : Spec(instance)))
        {
            if (own.TryGetValue(name, out JsonNode? other) && !JsonNode.DeepEquals(volume, other))
            {
                problems.Add(new("spec.volumes", $"the volume '{name}' has another source than the instance's volume of that name; rename one of them"));
            }
        }
    }

    /// <summary>Checks an instance.</summary>
    public static void CheckInstance(JsonObject instance, ICollection<ResourceProblem> problems)
    {
        JsonObject spec = Spec(instance);
        if ((spec["agents"] as JsonObject)?["default"] is JsonObject settings)
        {
            CheckSettings(settings, "spec.agents.default", problems);
        }

        CheckVolumes(spec, problems);
    }

    private static void CheckSettings(JsonObject settings, string path, ICollection<ResourceProblem> problems)
    {
        foreach (string phase in (string[])["preRun", "postRun"])
        {
            JsonArray hooks = (settings["lifecycle"] as JsonObject)?[phase] as JsonArray ?? [];
            for (int i = 0; i < hooks.Count; i++)
            {
                CheckVariables((hooks[i] as JsonObject)?["env"] as JsonArray ?? [], $"{path}.lifecycle.{phase}[{i}].env", problems);
            }
        }
    }

    private static void CheckVariables(JsonArray variables, string path, ICollection<ResourceProblem> problems)
    {
        for (int i = 0; i < variables.Count; i++)
        {
            if ((variables[i] as JsonObject)?["name"].AsText() is string name && FieldChecks.DecidesCode(name))
            {
                problems.Add(new($"{path}[{i}]", $"'{name}' must not be set: it decides which code the container runs"));
            }
        }
    }

    private static void CheckVolumes(JsonObject spec, ICollection<ResourceProblem> problems)
    {
        JsonArray volumes = spec["volumes"] as JsonArray ?? [];
        for (int i = 0; i < volumes.Count; i++)
        {
            if ((volumes[i] as JsonObject)?["name"].AsText() is string name && ReservedVolumes.Contains(name))
            {
                problems.Add(new($"spec.volumes[{i}].name", $"'{name}' is reserved for the control plane, as are {string.Join(", ", ReservedVolumes.Where(other => other != name))}; choose another name"));
            }
        }

        JsonArray mounts = spec["volumeMounts"] as JsonArray ?? [];
        for (int i = 0; i < mounts.Count; i++)
        {
            if ((mounts[i] as JsonObject)?["mountPath"].AsText() is string path && IsReserved(path))
            {
                problems.Add(new($"spec.volumeMounts[{i}].mountPath", $"'{path}' is reserved for the control plane; mount somewhere else, for example below /workspace"));
            }
        }
    }

    private static bool IsReserved(string path)
    {
        string full = Path.GetFullPath("/" + path);
        string plain = full.Length > 1 ? full.TrimEnd('/') : full;
        return plain == "/"
            || ReservedMounts.Contains(plain, StringComparer.Ordinal)
            || ReservedMounts.Any(reserved => reserved.StartsWith(plain + "/", StringComparison.Ordinal))
            || ClosedMounts.Any(closed => plain.StartsWith(closed + "/", StringComparison.Ordinal));
    }

    private static Dictionary<string, JsonNode> Volumes(JsonObject spec)
    {
        var byName = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (JsonObject volume in (spec["volumes"] as JsonArray ?? []).OfType<JsonObject>())
        {
            byName[volume["name"].AsText() ?? ""] = volume;
        }

        return byName;
    }

    private static JsonObject Spec(JsonObject resource) => resource["spec"] as JsonObject ?? [];
}
