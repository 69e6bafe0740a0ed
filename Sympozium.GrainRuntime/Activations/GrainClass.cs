using System.Collections.Concurrent;
using System.Reflection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Core;
using Orleans.Runtime;
using Sympozium.GrainRuntime.Calls;

namespace Sympozium.GrainRuntime.Activations;

/// <summary>A grain class: what its attributes say, how it is constructed, and its activations by key.</summary>
internal sealed class GrainClass
{
    private const string Suffix = "Grain";

    private readonly ConcurrentDictionary<string, GrainActivation> _activations = new(StringComparer.Ordinal);
    private readonly GrainConstructor _constructor;

    public GrainClass(LocalGrains runtime, Type type)
    {
        Runtime = runtime;
        Type = type;
        GrainType = type.GetCustomAttribute<GrainTypeAttribute>()?.GetGrainType(runtime.ServiceProvider, type) ?? GrainType.Create(DefaultName(type));
        Reentrant = type.IsDefined(typeof(ReentrantAttribute));
        var limit = type.GetCustomAttribute<CollectionAgeLimitAttribute>();
        IsCollectible = !type.IsDefined(typeof(KeepAliveAttribute)) && limit is not { AlwaysActive: true };
        Age = limit?.AgeLimit ?? runtime.Options.CollectionAge;
        AgeTicks = (int)Math.Min(int.MaxValue, Math.Ceiling(Age / runtime.Options.CollectionQuantum));
        _constructor = new GrainConstructor(this);
    }

    public LocalGrains Runtime { get; }

    public Type Type { get; }

    public GrainType GrainType { get; }

    public bool Reentrant { get; }

    public bool IsCollectible { get; }

    /// <summary>How long an activation may be idle.</summary>
    public TimeSpan Age { get; }

    /// <summary>The same in collection quanta.</summary>
    public int AgeTicks { get; }

    public ICollection<GrainActivation> Activations => _activations.Values;

    public bool IsEmpty => _activations.IsEmpty;

    /// <summary>The activation of a key; a new one if there is none.</summary>
    public GrainActivation Find(string key)
    {
        if (_activations.TryGetValue(key, out var activation))
        {
            return activation;
        }

        Runtime.ThrowIfStopping();
        return _activations.GetOrAdd(key, static (key, grainClass) => new GrainActivation(grainClass, key), this);
    }

    public void Remove(GrainActivation activation) => _activations.TryRemove(KeyValuePair.Create(activation.Key, activation));

    /// <summary>Sends a call which waited for an activation that has ended to the next one.</summary>
    public void Resend(GrainRequest request, string key)
    {
        try
        {
            while (!Find(key).TryQueue(request))
            {
                // That one has just ended, too, and is out of the directory.
            }
        }
        catch (SiloUnavailableException exception)
        {
            request.Fail(exception);
        }
    }

    public object Construct(GrainActivation activation, out IReadOnlyList<IStorage> states) => _constructor.Construct(activation, out states);

    private static string DefaultName(Type type)
    {
        var name = type.Name.EndsWith(Suffix, StringComparison.Ordinal) && type.Name.Length > Suffix.Length
            ? type.Name[..^Suffix.Length]
            : type.Name;
        return name.ToLowerInvariant();
    }
}
