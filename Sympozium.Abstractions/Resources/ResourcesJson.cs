using System.Text.Json.Serialization;

namespace Sympozium.Abstractions.Resources;

/// <summary>JSON of the custom resources: camelCase, absent instead of null.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AgentRunSpec))]
[JsonSerializable(typeof(AgentRunStatus))]
[JsonSerializable(typeof(InstanceSpec))]
[JsonSerializable(typeof(InstanceStatus))]
[JsonSerializable(typeof(PolicySpec))]
[JsonSerializable(typeof(PolicyStatus))]
[JsonSerializable(typeof(ConfigSpec))]
[JsonSerializable(typeof(ConfigStatus))]
[JsonSerializable(typeof(SkillPackSpec))]
[JsonSerializable(typeof(SkillPackStatus))]
[JsonSerializable(typeof(ScheduleSpec))]
[JsonSerializable(typeof(ScheduleStatus))]
[JsonSerializable(typeof(EnsembleSpec))]
[JsonSerializable(typeof(EnsembleStatus))]
[JsonSerializable(typeof(McpServerSpec))]
[JsonSerializable(typeof(McpServerStatus))]
[JsonSerializable(typeof(ModelSpec))]
[JsonSerializable(typeof(ModelStatus))]
[JsonSerializable(typeof(ToolApprovalSpec))]
[JsonSerializable(typeof(ToolApprovalStatus))]
public sealed partial class ResourcesJson : JsonSerializerContext;
