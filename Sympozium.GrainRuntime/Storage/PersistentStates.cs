using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;
using Sympozium.GrainRuntime.Activations;

namespace Sympozium.GrainRuntime.Storage;

/// <summary>Makes the state which constructors of grains ask for.</summary>
internal static class PersistentStates
{
    /// <summary>The key of the storage of states which name none.</summary>
    public const string DefaultStorageName = "Default";

    private static readonly MethodInfo MakeMethod = typeof(PersistentStates).GetMethod(nameof(Make), BindingFlags.Static | BindingFlags.NonPublic)!;

    public static Func<GrainActivation, IServiceProvider, object?> FactoryFor(Type stateType, PersistentStateAttribute attribute)
    {
        var make = MakeMethod.MakeGenericMethod(stateType).CreateDelegate<Func<GrainActivation, string, IGrainStorage, object>>();
        var storageName = attribute.StorageName ?? DefaultStorageName;
        return (activation, _) => make(activation, attribute.StateName, Storage(activation, storageName));
    }

    private static PersistentState<T> Make<T>(GrainActivation activation, string name, IGrainStorage storage) =>
        new PersistentState<T>(activation, name, storage);

    private static IGrainStorage Storage(GrainActivation activation, string name) =>
        activation.Class.Runtime.ServiceProvider.GetKeyedService<IGrainStorage>(name) ?? throw new InvalidOperationException(
            $"Grain class '{activation.Class.Type}' keeps state in storage '{name}', which is not registered. "
            + $"Register an '{nameof(IGrainStorage)}' under this key.");
}
