using System.Text.Json.Serialization;

namespace Sympozium.Abstractions.Ipc;

/// <summary>JSON of the files on the shared volume: camelCase, absent instead of null.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AgentResult))]
[JsonSerializable(typeof(AgentStatusUpdate))]
[JsonSerializable(typeof(StreamChunk))]
[JsonSerializable(typeof(StreamChunk[]))]
[JsonSerializable(typeof(ChannelMessage))]
[JsonSerializable(typeof(ScheduleRequest))]
public sealed partial class IpcJson : JsonSerializerContext;
