using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Activations;

/// <summary>A reference which knows the grain but not by which interface it will be called.</summary>
internal sealed class UntypedReference(GrainClass grainClass, string key) : GrainReference
{
    public override GrainId GrainId => GrainId.Create(grainClass.GrainType, key);

    public override string InterfaceName => "";

    internal override object Cast(Type interfaceType) => grainClass.Runtime.Reference(interfaceType, grainClass, key);
}
