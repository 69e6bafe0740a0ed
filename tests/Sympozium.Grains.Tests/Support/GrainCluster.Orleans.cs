using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Orleans.Serialization;
using Sympozium.Abstractions;
using Sympozium.Testing;

namespace Sympozium.Grains.Tests.Support;

/// <summary>The half for Orleans: one silo on free ports of the loopback.</summary>
public sealed partial class GrainCluster
{
    static partial void AddRuntime(IServiceCollection services) => services.AddOrleans(silo =>
    {
        silo.UseLocalhostClustering(FreePort.Take(), FreePort.Take());
        silo.UseInMemoryReminderService();
        silo.Services.AddSerializer(serializer => serializer.AddJsonSerializer(
            type => GrainMessagesJson.Default.Options.TryGetTypeInfo(type, out _), GrainMessagesJson.Default.Options));
    });
}
