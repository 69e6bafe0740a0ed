using Sympozium.GrainRuntime.Activations;

namespace Sympozium.GrainRuntime.Calls;

/// <summary>A grain interface, the class that serves it and the way to make references.</summary>
internal sealed class InterfaceBinding
{
    private readonly Func<InterfaceBinding, string, GrainProxy> _make;

    public InterfaceBinding(Type interfaceType, GrainClass grainClass)
    {
        InterfaceType = interfaceType;
        Class = grainClass;
        _make = ProxyCompiler.FactoryFor(interfaceType);
    }

    public Type InterfaceType { get; }

    public GrainClass Class { get; }

    public GrainProxy Make(string key) => _make(this, key);
}
