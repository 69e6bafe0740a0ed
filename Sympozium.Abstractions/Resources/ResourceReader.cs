using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Sympozium.Abstractions.Resources;

/// <summary>Reads the spec of a custom resource, in any of its spellings, into its canonical record.</summary>
public static class ResourceReader
{
    /// <summary>Reads an AgentRun; null when it cannot be read. Everything that is wrong is added to <paramref name="problems"/>.</summary>
    public static AgentRunSpec? AgentRun(JsonObject resource, ICollection<ResourceProblem> problems) =>
        Read(resource, Spellings.AgentRun, ResourcesJson.Default.AgentRunSpec, ResourceChecks.AgentRun, problems);

    /// <summary>Reads a SympoziumInstance or Agent.</summary>
    public static InstanceSpec? Instance(JsonObject resource, ICollection<ResourceProblem> problems) =>
        Read(resource, Spellings.Instance, ResourcesJson.Default.InstanceSpec, ResourceChecks.Instance, problems);

    /// <summary>Reads a SympoziumPolicy.</summary>
    public static PolicySpec? Policy(JsonObject resource, ICollection<ResourceProblem> problems) =>
        Read(resource, Spellings.Policy, ResourcesJson.Default.PolicySpec, PolicyChecks.Policy, problems);

    /// <summary>Reads a SkillPack.</summary>
    public static SkillPackSpec? SkillPack(JsonObject resource, ICollection<ResourceProblem> problems) =>
        Read(resource, Spellings.SkillPack, ResourcesJson.Default.SkillPackSpec, ResourceChecks.SkillPack, problems);

    /// <summary>Reads a SympoziumConfig.</summary>
    public static ConfigSpec? Config(JsonObject resource, ICollection<ResourceProblem> problems) =>
        Read(resource, Spellings.Config, ResourcesJson.Default.ConfigSpec, PolicyChecks.Config, problems);

    private static T? Read<T>(
        JsonObject resource,
        IReadOnlyList<SpellingRule> rules,
        JsonTypeInfo<T> type,
        Action<T, ICollection<ResourceProblem>> check,
        ICollection<ResourceProblem> problems)
        where T : class
    {
        if (resource["spec"] is not JsonObject spec)
        {
            problems.Add(new ResourceProblem("spec", "is missing; it must be an object"));
            return null;
        }

        JsonObject canonical = Spellings.Canonicalize(rules, spec, problems);
        try
        {
            T? read = canonical.Deserialize(type);
            if (read is not null)
            {
                check(read, problems);
            }

            return read;
        }
        catch (JsonException e)
        {
            string path = "spec" + (e.Path is { Length: > 1 } p ? p[1..] : "");
            problems.Add(new ResourceProblem(path, "has a value of the wrong type or misses a required field: " + e.Message.Split(" Path: ")[0]));
            return null;
        }
    }
}
