using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Sympozium.GrainRuntime.Hosting;
using Sympozium.GrainRuntime.Reminders;

namespace Sympozium.GrainRuntime.Tests.Contract;

/// <summary>The half for the local grain runtime.</summary>
public sealed partial class GrainCluster
{
    private readonly InMemoryReminderTable _reminders = new();

    /// <summary>For tests of what becomes of idle activations: here they age as the test says.</summary>
    public static GrainClusterOptions Aging { get; } = new();

    /// <summary>Makes idle activations older.</summary>
    public Task PassCollectionQuantumAsync()
    {
        Services.GetRequiredService<LocalGrains>().Collect();
        return Task.CompletedTask;
    }

    private partial void AddRuntime(HostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IReminderTable>(_reminders);
        builder.Services.AddLocalGrains(grains =>
        {
            grains.Assemblies.Add(typeof(GrainCluster).Assembly);
            grains.ResponseTimeout = _options.ResponseTimeout;
            grains.MinimumReminderPeriod = TimeSpan.FromMilliseconds(50);
            if (_options.CollectionAge is { } age)
            {
                grains.CollectionAge = age;
                grains.CollectionQuantum = age / 2;
            }
        });
    }
}
