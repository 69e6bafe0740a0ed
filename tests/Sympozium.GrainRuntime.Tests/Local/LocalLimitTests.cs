using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Sympozium.GrainRuntime.Calls;
using Sympozium.GrainRuntime.Hosting;
using Sympozium.GrainRuntime.Tests.Contract;

namespace Sympozium.GrainRuntime.Tests.Local;

/// <summary>Bounds and refusals of this runtime, with what they say.</summary>
public sealed class LocalLimitTests
{
    [Fact]
    public async Task Calls_BeyondTheBound_AreRefused_AndTheOthersAnswered()
    {
        await using var cluster = await GrainCluster.StartAsync();
        cluster.Services.GetRequiredService<GrainRuntimeOptions>().MaxWaitingCalls = 3;
        var grain = cluster.Grain<ITurnGrain>("full");
        var running = grain.StepAsync("running", "gate");
        await cluster.Probe.SeenAsync("running starts");

        var waiting = Enumerable.Range(0, 3).Select(number => grain.StepAsync($"waiting {number}")).ToList();
        var refusal = await Assert.ThrowsAsync<LimitExceededException>(() => grain.StepAsync("too many"));
        cluster.Probe.Open("gate");
        await Task.WhenAll([running, .. waiting]);

        Assert.Contains("test.turn/full", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_OutOfRange_AreAllNamedAtOnce()
    {
        var failure = Assert.Throws<ArgumentException>(() => new ServiceCollection().AddLocalGrains(options =>
        {
            options.ResponseTimeout = TimeSpan.Zero;
            options.MaxWaitingCalls = 0;
        }));

        Assert.Contains("'Assemblies'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'ResponseTimeout'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'MaxWaitingCalls'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interface_WithoutAClass_IsNamed()
    {
        await using var cluster = await GrainCluster.StartAsync();

        var failure = Assert.Throws<ArgumentException>(() => cluster.Grain<IUnservedGrain>("any"));

        Assert.Contains(nameof(IUnservedGrain), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Interface_ThatCannotBeCalled_SaysEverythingThatIsWrong()
    {
        var failure = Assert.Throws<NotSupportedException>(() => ProxyCompiler.FactoryFor(typeof(IUnservedGrain)));

        Assert.Contains("'Generic'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'NoTask'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interface_ThatIsInternal_CanBeCalled()
    {
        await using var cluster = await GrainCluster.StartAsync();

        Assert.Equal(new InternalMessage("hello"), await cluster.Grain<IInternalGrain>("internal").EchoAsync(new InternalMessage("hello")));
    }

    [Fact]
    public async Task Grain_WhoseServiceIsMissing_SaysWhich()
    {
        await using var cluster = await GrainCluster.StartAsync();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.Grain<INeedyGrain>("needy").HelloAsync());

        Assert.Contains(nameof(IUnservedGrain), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Grain_ConstructedByHand_SaysHowToGetOne() => Assert.Throws<InvalidOperationException>(() => new InternalGrain());

    [Fact]
    public void GrainId_ReadsWhatItWrites()
    {
        var id = GrainId.Create("run", "default/my/run");

        Assert.Equal(id, GrainId.Parse(id.ToString()));
        Assert.False(GrainId.TryParse("no-slash", out _));
        Assert.Throws<FormatException>(() => GrainId.Parse("/key"));
    }
}

internal interface IUnservedGrain : IGrainWithStringKey
{
    Task<T> Generic<T>();

    int NoTask();
}

internal sealed record InternalMessage(string Text);

internal interface IInternalGrain : IGrainWithStringKey
{
    Task<InternalMessage> EchoAsync(InternalMessage message);
}

[GrainType("test.internal")]
internal sealed class InternalGrain : Grain, IInternalGrain
{
    public Task<InternalMessage> EchoAsync(InternalMessage message) => Task.FromResult(message);
}

internal interface INeedyGrain : IGrainWithStringKey
{
    Task<string> HelloAsync();
}

[GrainType("test.needy")]
internal sealed class NeedyGrain(IUnservedGrain needed) : Grain, INeedyGrain
{
    public Task<string> HelloAsync() => Task.FromResult($"{needed}");
}
