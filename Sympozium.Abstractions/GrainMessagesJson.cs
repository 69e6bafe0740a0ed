using System.Text.Json.Serialization;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Abstractions;

/// <summary>
/// JSON of what grains and their callers say to each other between processes. Silos of two builds meet during an update, so: a member is
/// never renamed or retyped, a new one is never <c>required</c>, and an unknown one is ignored.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BusEvent))]
[JsonSerializable(typeof(ModelRoute))]
[JsonSerializable(typeof(ModelCallUsage))]
public sealed partial class GrainMessagesJson : JsonSerializerContext;
