using System.Text.Json.Serialization;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Abstractions.Events;

/// <summary>JSON of the event bus: camelCase, absent instead of null.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BusEvent))]
[JsonSerializable(typeof(BusEvent[]))]
[JsonSerializable(typeof(RunPhaseChange))]
[JsonSerializable(typeof(ModelCallCompleted))]
public sealed partial class EventsJson : JsonSerializerContext;
