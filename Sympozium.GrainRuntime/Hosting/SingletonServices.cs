using Microsoft.Extensions.DependencyInjection;

namespace Sympozium.GrainRuntime.Hosting;

/// <summary>
/// Which services are singletons. A grain which needs only those gets them from the root, so that an activation does not carry a scope.
/// </summary>
internal sealed class SingletonServices(IServiceCollection services)
{
    private readonly Lazy<HashSet<(Type Type, object? Key)>> _singletons = new(() => Read(services));

    public bool Contains(Type type, object? key) =>
        _singletons.Value.Contains((type, key))
        || (type.IsConstructedGenericType && _singletons.Value.Contains((type.GetGenericTypeDefinition(), key)));

    private static HashSet<(Type, object?)> Read(IServiceCollection services)
    {
        var found = new HashSet<(Type, object?)>();
        var others = new HashSet<(Type, object?)>();
        foreach (var service in services)
        {
            (service.Lifetime == ServiceLifetime.Singleton ? found : others).Add((service.ServiceType, service.ServiceKey));
        }

        found.ExceptWith(others);
        return found;
    }
}
