using System.Text.Json.Serialization;
using Orleans;

namespace Sympozium.GrainRuntime.Tests.Contract;

/// <summary>What the tests' grains store.</summary>
[GenerateSerializer]
public sealed class TestState
{
    [Id(0)]
    public string? Text { get; set; }

    [Id(1)]
    public int Writes { get; set; }
}

/// <summary>Describes <see cref="TestState"/> to the storage.</summary>
[JsonSerializable(typeof(TestState))]
internal sealed partial class TestStateJsonContext : JsonSerializerContext;
