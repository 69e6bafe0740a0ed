using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Sympozium.Persistence.Grains;
using Sympozium.Testing;

namespace Sympozium.GrainRuntime.Tests.Contract;

/// <summary>The half for Orleans: one silo on free ports of the loopback, reminders in SQLite.</summary>
public sealed partial class GrainCluster
{
    private SqliteGrainDatabase? _database;

    /// <summary>For tests of what becomes of idle activations: here they age by the real clock, soon.</summary>
    public static GrainClusterOptions Aging { get; } = new() { CollectionAge = TimeSpan.FromMilliseconds(300) };

    /// <summary>The clock goes on by itself, so this only calls a grain meanwhile.</summary>
    public Task PassCollectionQuantumAsync() => Grain<ILifeGrain>("clock").InstanceAsync();

    private partial void AddRuntime(HostApplicationBuilder builder)
    {
        _database ??= OpenDatabase();
        builder.Services.AddSingleton<IReminderTable>(new SqliteReminderTable(_database));
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(FreePort.Take(), FreePort.Take());
            silo.AddReminders();
            silo.Configure<ReminderOptions>(reminders => reminders.MinimumReminderPeriod = TimeSpan.FromMilliseconds(50));
            silo.Configure<SiloMessagingOptions>(messaging =>
            {
                messaging.ResponseTimeout = _options.ResponseTimeout;
                messaging.CancelRequestOnTimeout = true;
            });
            if (_options.CollectionAge is { } age)
            {
                silo.Configure<GrainCollectionOptions>(collection =>
                {
                    collection.CollectionAge = age;
                    collection.CollectionQuantum = age / 2;
                });
            }
        });
    }

    private SqliteGrainDatabase OpenDatabase()
    {
        var directory = new TemporaryDirectory();
        var database = new SqliteGrainDatabase(directory["grains.db"]);
        _owned.Add(database);
        _owned.Add(new Removal(directory));
        return database;
    }

    private sealed class Removal(TemporaryDirectory directory) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            directory.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
