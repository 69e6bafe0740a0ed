using Microsoft.Extensions.DependencyInjection;
using Sympozium.GrainRuntime.Hosting;
using Sympozium.Grains.Runs;

namespace Sympozium.Grains.Tests.Support;

/// <summary>The half for the local grain runtime.</summary>
public sealed partial class GrainCluster
{
    static partial void AddRuntime(IServiceCollection services) =>
        services.AddLocalGrains(grains => grains.Assemblies.Add(typeof(RunPlanner).Assembly));
}
