using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core;
using Orleans.Runtime;
using Sympozium.GrainRuntime.Hosting;
using Sympozium.GrainRuntime.Storage;

namespace Sympozium.GrainRuntime.Activations;

/// <summary>Constructs grains of one class from services, stored state and the activation itself.</summary>
internal sealed class GrainConstructor
{
    private readonly ConstructorInvoker _invoker;
    private readonly Func<GrainActivation, IServiceProvider, object?>[] _parameters;
    private readonly bool _needsScope;
    private readonly Type _type;

    public GrainConstructor(GrainClass grainClass)
    {
        _type = grainClass.Type;
        var constructors = _type.GetConstructors();
        var chosen = constructors.Where(candidate => candidate.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute))).ToArray();
        var constructor = (chosen.Length > 0 ? chosen : constructors) is [var only]
            ? only
            : throw new InvalidOperationException(
                $"Grain class '{_type}' has {constructors.Length} public constructors; it must have one, or mark one with "
                + $"'{nameof(ActivatorUtilitiesConstructorAttribute)}'.");
        _invoker = ConstructorInvoker.Create(constructor);
        var lifetimes = grainClass.Runtime.ServiceProvider.GetRequiredService<SingletonServices>();
        _needsScope = constructor.GetParameters().Any(parameter => NeedsScope(parameter, lifetimes));
        _parameters = Array.ConvertAll(constructor.GetParameters(), Resolver);
    }

    /// <summary>Runs the constructor and collects the state which it asked for.</summary>
    public object Construct(GrainActivation activation, out IReadOnlyList<IStorage> states)
    {
        var services = _needsScope ? activation.ActivationServices : activation.Class.Runtime.ServiceProvider;
        var arguments = new object?[_parameters.Length];
        List<IStorage>? stored = null;
        for (var index = 0; index < arguments.Length; index++)
        {
            arguments[index] = _parameters[index](activation, services);
            if (arguments[index] is IActivationState state)
            {
                (stored ??= []).Add(state);
            }
        }

        ActivationScope.Constructing = activation;
        try
        {
            states = stored ?? [];
            return _invoker.Invoke(arguments.AsSpan());
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                $"Failed to create an instance of grain type '{_type}'. See {nameof(Exception.InnerException)} for details.", exception);
        }
        finally
        {
            ActivationScope.Constructing = null;
        }
    }

    private static bool NeedsScope(ParameterInfo parameter, SingletonServices singletons) =>
        !parameter.IsDefined(typeof(PersistentStateAttribute))
        && parameter.ParameterType != typeof(IGrainContext)
        && !singletons.Contains(parameter.ParameterType, parameter.GetCustomAttribute<FromKeyedServicesAttribute>()?.Key);

    private Func<GrainActivation, IServiceProvider, object?> Resolver(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (parameter.GetCustomAttribute<PersistentStateAttribute>() is { } stored)
        {
            if (!type.IsConstructedGenericType || type.GetGenericTypeDefinition() != typeof(IPersistentState<>))
            {
                throw new InvalidOperationException(
                    $"Parameter '{parameter.Name}' of grain class '{_type}' is marked as persistent state but is not an '{typeof(IPersistentState<>)}'.");
            }

            return PersistentStates.FactoryFor(type.GenericTypeArguments[0], stored);
        }

        if (type == typeof(IGrainContext))
        {
            return static (activation, _) => activation;
        }

        if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed)
        {
            return (_, services) => services.GetRequiredKeyedService(type, keyed.Key);
        }

        return (_, services) => services.GetService(type) ?? (parameter.HasDefaultValue
            ? parameter.DefaultValue
            : throw new InvalidOperationException(
                $"Grain class '{_type}' needs service '{type}' for its parameter '{parameter.Name}'; register it."));
    }
}
