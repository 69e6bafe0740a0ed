using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Sympozium.Abstractions.Resources;

/// <summary>Reads the spec of a custom resource, in any of its spellings, into its canonical record.</summary>
public static class ResourceReader
{
    /// <summary>Reads a resource of any kind; null when it cannot be read, or when the product has no such kind.</summary>
    public static object? Any(string kind, JsonObject resource, ICollection<ResourceProblem> problems) => kind switch
    {
        "AgentRun" => AgentRun(resource, problems),
        "SympoziumInstance" or "Agent" => Instance(resource, problems),
        "SympoziumPolicy" => Policy(resource, problems),
        "SympoziumConfig" => Config(resource, problems),
        "SkillPack" => SkillPack(resource, problems),
        "SympoziumSchedule" => Schedule(resource, problems),
        "Ensemble" or "PersonaPack" => Ensemble(resource, problems),
        "MCPServer" => McpServer(resource, problems),
        "Model" => Model(resource, problems),
        "ToolApproval" => ToolApproval(resource, problems),
        _ => null,
    };

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
        Read(resource, Spellings.None, ResourcesJson.Default.SkillPackSpec, SkillPackChecks.Check, problems);

    /// <summary>Reads a SympoziumSchedule.</summary>
    public static ScheduleSpec? Schedule(JsonObject resource, ICollection<ResourceProblem> problems) =>
        Read(resource, Spellings.Schedule, ResourcesJson.Default.ScheduleSpec, ScheduleChecks.Check, problems);

    /// <summary>Reads an Ensemble or PersonaPack.</summary>
    public static EnsembleSpec? Ensemble(JsonObject resource, ICollection<ResourceProblem> problems)
    {
        EnsembleSpec? spec = Read(resource, Spellings.Ensemble, ResourcesJson.Default.EnsembleSpec, EnsembleChecks.Check, problems);
        EnsembleChecks.Names((resource["metadata"] as JsonObject)?["name"].AsText() ?? "", spec?.AgentConfigs ?? [], problems);
        return spec;
    }

    /// <summary>Reads an MCPServer.</summary>
    public static McpServerSpec? McpServer(JsonObject resource, ICollection<ResourceProblem> problems) =>
        Read(resource, Spellings.None, ResourcesJson.Default.McpServerSpec, McpServerChecks.Check, problems);

    /// <summary>Reads a Model.</summary>
    public static ModelSpec? Model(JsonObject resource, ICollection<ResourceProblem> problems) =>
        Read(resource, Spellings.Model, ResourcesJson.Default.ModelSpec, ModelChecks.Check, problems);

    /// <summary>Reads a ToolApproval.</summary>
    public static ToolApprovalSpec? ToolApproval(JsonObject resource, ICollection<ResourceProblem> problems) =>
        Read(resource, Spellings.None, ResourcesJson.Default.ToolApprovalSpec, ToolApprovalChecks.Check, problems);

    /// <summary>Reads a SympoziumConfig.</summary>
    public static ConfigSpec? Config(JsonObject resource, ICollection<ResourceProblem> problems) =>
        Read(resource, Spellings.None, ResourcesJson.Default.ConfigSpec, PolicyChecks.Config, problems);

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
        var wrong = new List<ResourceProblem>();
        ShapeChecks.Check(canonical, type, "spec", wrong);
        if (wrong.Count > 0)
        {
            wrong.ForEach(problems.Add);
            return null;
        }

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
            problems.Add(new ResourceProblem(path, "cannot be read: " + e.Message.Split(" Path: ")[0]));
            return null;
        }
    }
}
