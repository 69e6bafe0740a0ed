using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sympozium.GrainRuntime.Hosting;
using Sympozium.Grains;
using Sympozium.Persistence.Grains;

namespace Sympozium.Silo.Hosting;

/// <summary>Grains in this process. Compiled when GrainRuntime=Local; the other composition is for Orleans.</summary>
internal static class LocalGrainRuntime
{
    /// <summary>Name of the storage that the grains' state asks for.</summary>
    private const string Storage = "grains";

    /// <summary>Adds the grain runtime with state and reminders in the data directory.</summary>
    public static IServiceCollection AddGrainRuntime(this IServiceCollection services, string dataDirectory)
    {
        var json = new JsonSerializerOptions { TypeInfoResolver = GrainsJson.Default, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
        services.AddSqliteGrainState(Path.Combine(dataDirectory, "grains.db"), json, Storage);
        services.AddLocalGrains(options => options.Assemblies.Add(typeof(GrainsJson).Assembly));
        return services;
    }
}
