using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sympozium.Grains.Runs;
using Sympozium.Kubernetes.Events;

namespace Sympozium.Grains.Hosting;

/// <summary>Registers what the grains need besides a Kubernetes API, a bus and a token key.</summary>
public static class GrainsServiceCollectionExtensions
{
    /// <summary>Adds the grains' services; <paramref name="rendering"/> says how pods reach this installation.</summary>
    public static IServiceCollection AddSympoziumGrains(this IServiceCollection services, Func<IServiceProvider, JobRenderOptions> rendering)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<EventRecorder>();
        services.AddSingleton(rendering);
        services.AddOptions<RunOptions>().BindConfiguration(RunOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
        return services;
    }
}
