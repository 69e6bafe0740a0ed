using Microsoft.Extensions.DependencyInjection;

namespace Sympozium.GrainRuntime.Tests.Contract;

/// <summary>What a test may want otherwise.</summary>
public sealed record GrainClusterOptions
{
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Null: idle activations are not collected while the test runs.</summary>
    public TimeSpan? CollectionAge { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Action<IServiceCollection> Services { get; init; } = _ => { };
}
