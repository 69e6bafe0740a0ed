using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sympozium.GrainRuntime.Hosting;
using Sympozium.Grains;
using Sympozium.Persistence.Grains;

namespace Sympozium.Silo.Hosting;

/// <summary>Grains in this process. Compiled when GrainRuntime=Local; OrleansGrainRuntime.cs is the other composition.</summary>
internal static class LocalGrainRuntime
{
    /// <summary>Name of the storage that the grains' state asks for.</summary>
    private const string Storage = "grains";

    /// <summary>Why silos and gateways cannot be processes of their own; null in a build where they can.</summary>
    public static string? OneProcess =>
        "This build serves grains in one process only. Silos and gateways as processes of their own need a build with -p:GrainRuntime=Orleans, "
        + "as the images for clusters are made (docs/decisions/0021-orleans-on-clusters.md). 'sympozium-silo silo --profile small' works with this one.";

    /// <summary>Adds the grain runtime with state and reminders in the data directory.</summary>
    public static IServiceCollection AddGrainRuntime(this IServiceCollection services, string dataDirectory)
    {
        var json = new JsonSerializerOptions { TypeInfoResolver = GrainsJson.Default, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
        services.AddSqliteGrainState(Path.Combine(dataDirectory, "grains.db"), json, Storage);
        services.AddLocalGrains(options => options.Assemblies.Add(typeof(GrainsJson).Assembly));
        return services;
    }

    /// <summary>Would add a silo of a cluster.</summary>
    /// <exception cref="NotSupportedException">Always: this runtime has no membership.</exception>
    public static IServiceCollection AddGrainSilo(this IServiceCollection services, Action<GrainClusterOptions> configure) =>
        throw new NotSupportedException(OneProcess);

    /// <summary>Would add a client of a cluster's silos.</summary>
    /// <exception cref="NotSupportedException">Always: this runtime has no remoting.</exception>
    public static IServiceCollection AddGrainClient(this IServiceCollection services, Action<GrainClusterOptions> configure) =>
        throw new NotSupportedException(OneProcess);
}
