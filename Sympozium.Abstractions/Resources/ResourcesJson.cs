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
public sealed partial class ResourcesJson : JsonSerializerContext;
