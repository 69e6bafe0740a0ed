using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Sympozium.GrainRuntime.Activations;
using Sympozium.GrainRuntime.Calls;
using Sympozium.GrainRuntime.Hosting;

namespace Sympozium.GrainRuntime;

/// <summary>All grains of the process: makes references, knows the classes, ends the activations.</summary>
internal sealed class LocalGrains : IClusterClient, IDisposable
{
    private readonly Dictionary<GrainType, GrainClass> _classes = [];
    private readonly Dictionary<Type, List<GrainClass>> _servers = [];
    private readonly ConcurrentDictionary<Type, InterfaceBinding> _bindings = new();
    private readonly ConcurrentDictionary<(Type, GrainClass), InterfaceBinding> _chosenBindings = new();
    private readonly Meter _meter = new("Sympozium.GrainRuntime");
    private volatile bool _isStopping;
    private int _tick;

    public LocalGrains(IServiceProvider services, GrainRuntimeOptions options, TimeProvider time, ILogger<LocalGrains> logger)
    {
        ServiceProvider = services;
        Options = options;
        Time = time;
        Log = new GrainLog(logger);
        Deadlines = new Deadlines(options.ResponseTimeout, time);
        foreach (var type in GrainClassScanner.Find(options.Assemblies))
        {
            Add(new GrainClass(this, type));
        }

        _meter.CreateObservableUpDownCounter("sympozium.grain.activations", Count, "{activation}", "Grains in memory, by type");
    }

    public IServiceProvider ServiceProvider { get; }

    public GrainRuntimeOptions Options { get; }

    public TimeProvider Time { get; }

    public GrainLog Log { get; }

    public Deadlines Deadlines { get; }

    public ICollection<GrainClass> Classes => _classes.Values;

    /// <summary>Counts collection quanta: a clock that costs a call nothing.</summary>
    public int Tick => _tick;

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrEmpty(primaryKey);
        var binding = grainClassNamePrefix is null
            ? Binding(typeof(TGrainInterface))
            : Binding(typeof(TGrainInterface), ServerOf(typeof(TGrainInterface), grainClassNamePrefix));
        return (TGrainInterface)(object)binding.Make(primaryKey);
    }

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey)
    {
        ArgumentException.ThrowIfNullOrEmpty(grainPrimaryKey);
        return (IGrain)(object)Binding(grainInterfaceType).Make(grainPrimaryKey);
    }

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable =>
        (TGrainInterface)Reference(
            typeof(TGrainInterface),
            ClassOf(grainId.Type) ?? throw new ArgumentException($"No grain class has the type '{grainId.Type}' of grain '{grainId}'.", nameof(grainId)),
            grainId.Key.ToString());

    /// <summary>A reference to a grain of a known class.</summary>
    public object Reference(Type interfaceType, GrainClass grainClass, string key)
    {
        if (!interfaceType.IsAssignableFrom(grainClass.Type))
        {
            throw new InvalidCastException($"Grain class '{grainClass.Type}' does not implement '{interfaceType}'.");
        }

        return Binding(interfaceType, grainClass).Make(key);
    }

    public GrainClass? ClassOf(GrainType type) => _classes.GetValueOrDefault(type);

    public void ThrowIfStopping()
    {
        // Nor for a grain that ends: in a cluster, too, a silo that stops starts none.
        if (_isStopping)
        {
            throw new SiloUnavailableException("The grain runtime is stopping and starts no more grains; call again when it is back.");
        }
    }

    /// <summary>One collection quantum has passed: ends what has been idle for too long.</summary>
    public void Collect()
    {
        var tick = Interlocked.Increment(ref _tick);
        var timestamp = Time.GetTimestamp();
        foreach (var grainClass in _classes.Values)
        {
            if (grainClass.IsCollectible && !grainClass.IsEmpty)
            {
                foreach (var activation in grainClass.Activations)
                {
                    activation.CollectIfIdle(tick, timestamp);
                }
            }
        }
    }

    /// <summary>Ends all activations, also those which have just begun. Comes back when none is left or when time is up.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The process is stopping.");
        try
        {
            while (Live() is { Count: > 0 } live)
            {
                foreach (var activation in live)
                {
                    activation.Deactivate(reason, cancellationToken);
                }

                await Task.WhenAll(live.Select(activation => activation.Deactivated)).WaitAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            Log.StoppedEarly(Live().Count);
        }
    }

    public void Dispose()
    {
        _meter.Dispose();
        Deadlines.Dispose();
    }

    private IEnumerable<Measurement<int>> Count() =>
        _classes.Select(pair => new Measurement<int>(pair.Value.Activations.Count, new KeyValuePair<string, object?>("sympozium.grain.type", pair.Key.ToString())));

    private List<GrainActivation> Live() =>
        [.. _classes.Values.SelectMany(grainClass => grainClass.Activations).Where(activation => activation.HasBegun)];

    private void Add(GrainClass grainClass)
    {
        if (!_classes.TryAdd(grainClass.GrainType, grainClass))
        {
            throw new InvalidOperationException(
                $"Grain classes '{_classes[grainClass.GrainType].Type}' and '{grainClass.Type}' have the same grain type "
                + $"'{grainClass.GrainType}'; give one of them another with '{nameof(GrainTypeAttribute)}'.");
        }

        foreach (var type in GrainClassScanner.InterfacesOf(grainClass.Type))
        {
            if (!_servers.TryGetValue(type, out var servers))
            {
                _servers.Add(type, servers = []);
            }

            servers.Add(grainClass);
        }
    }

    private InterfaceBinding Binding(Type interfaceType) =>
        _bindings.TryGetValue(interfaceType, out var binding)
            ? binding
            : _bindings.GetOrAdd(interfaceType, type => Binding(type, ServerOf(type, null)));

    private InterfaceBinding Binding(Type interfaceType, GrainClass grainClass) => _chosenBindings.GetOrAdd(
        (interfaceType, grainClass), static pair => new InterfaceBinding(pair.Item1, pair.Item2));

    private GrainClass ServerOf(Type interfaceType, string? prefix)
    {
        var servers = _servers.GetValueOrDefault(interfaceType) ?? [];
        var matching = prefix is null
            ? servers
            : servers.FindAll(server => server.Type.FullName!.StartsWith(prefix, StringComparison.Ordinal));
        if (matching.Count > 1)
        {
            // The class named like the interface is the one that is meant.
            matching = matching.FindAll(server => server.Type.Name == interfaceType.Name[1..]);
        }

        return matching is [var only] ? only : throw new ArgumentException(servers.Count == 0
            ? $"No grain class implements '{interfaceType}' in assemblies {string.Join(", ", Options.Assemblies.Select(assembly => $"'{assembly.GetName().Name}'"))}."
            : $"Grain interface '{interfaceType}' does not say which class is meant: {string.Join(", ", servers.Select(server => $"'{server.Type}'"))}.");
    }
}
