using System.Reflection;
using Orleans;

namespace Sympozium.GrainRuntime.Activations;

/// <summary>Finds the grain classes of assemblies, once, at start.</summary>
internal static class GrainClassScanner
{
    public static IEnumerable<Type> Find(IEnumerable<Assembly> assemblies) =>
        assemblies.Distinct().SelectMany(assembly => assembly.GetTypes()).Where(IsGrainClass);

    /// <summary>The interfaces by which a grain class can be called.</summary>
    public static IEnumerable<Type> InterfacesOf(Type grainClass) =>
        grainClass.GetInterfaces().Where(type => typeof(IGrain).IsAssignableFrom(type)
            && type != typeof(IGrain) && type != typeof(IGrainWithStringKey));

    private static bool IsGrainClass(Type type) =>
        type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && typeof(IGrain).IsAssignableFrom(type)
            && typeof(IGrainBase).IsAssignableFrom(type);
}
