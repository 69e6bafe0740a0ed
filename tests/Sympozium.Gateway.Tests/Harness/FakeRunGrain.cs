using System.Collections.Concurrent;
using Orleans;
using Orleans.Runtime;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Gateway.Tests.Harness;

/// <summary>A run's grain that remembers what the gateway told it.</summary>
internal sealed class FakeRunGrain : IRunGrain
{
    public ConcurrentQueue<BusEvent> Results { get; } = new();

    public ConcurrentQueue<ModelCallUsage> Usages { get; } = new();

    /// <summary>What the broker is told; an exception is thrown.</summary>
    public Func<ModelRoute>? Route { get; set; }

    /// <summary>Thrown when a result comes.</summary>
    public Exception? RefuseResult { get; set; }

    public Task ReconcileAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task AcceptResultAsync(string runUid, BusEvent result, CancellationToken cancellationToken)
    {
        if (RefuseResult is not null)
        {
            return Task.FromException(RefuseResult);
        }

        Results.Enqueue(result);
        return Task.CompletedTask;
    }

    public Task<ModelRoute> GetModelRouteAsync(string runUid, CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult(Route!());
        }
        catch (Exception refused)
        {
            return Task.FromException<ModelRoute>(refused);
        }
    }

    public Task RecordModelCallAsync(string runUid, ModelCallUsage usage, CancellationToken cancellationToken)
    {
        Usages.Enqueue(usage);
        return Task.CompletedTask;
    }
}

/// <summary>One grain per key.</summary>
internal sealed partial class FakeGrainFactory : IGrainFactory
{
    private readonly ConcurrentDictionary<string, FakeRunGrain> _runs = new();

    public FakeRunGrain Run(string key) => _runs.GetOrAdd(key, _ => new FakeRunGrain());

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey => (TGrainInterface)(object)Run(primaryKey);

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => throw new NotSupportedException();
}
