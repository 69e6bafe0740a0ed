using Orleans.Runtime;

namespace Orleans;

/// <summary>The name of a grain class in grain ids; without it the class name in lower case, less the suffix "Grain".</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class GrainTypeAttribute(string grainType) : Attribute
{
    private readonly GrainType _grainType = GrainType.Create(grainType);

    public GrainType GetGrainType(IServiceProvider services, Type type) => _grainType;
}
