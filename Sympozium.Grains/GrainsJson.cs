using System.Text.Json.Serialization;
using Sympozium.Grains.Runs;

namespace Sympozium.Grains;

/// <summary>JSON of the grains' stored state.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunState))]
public sealed partial class GrainsJson : JsonSerializerContext;
