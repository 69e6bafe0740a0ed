using Microsoft.Extensions.Options;
using Npgsql;
using Orleans;
using Orleans.Runtime;
using Sympozium.Silo.Hosting;

namespace Sympozium.TestSilo;

/// <summary>A grain that tells where it lives.</summary>
[Alias("test.place")]
public interface IPlaceGrain : IGrainWithStringKey
{
    /// <summary>Name of the silo.</summary>
    [Alias("where")]
    Task<string> WhereAsync(CancellationToken cancellationToken);
}

/// <summary>See <see cref="IPlaceGrain"/>.</summary>
[GrainType("test.place")]
internal sealed class PlaceGrain(IOptions<GrainClusterOptions> silo) : Grain, IPlaceGrain
{
    public Task<string> WhereAsync(CancellationToken cancellationToken) => Task.FromResult(silo.Value.SiloName!);
}

/// <summary>A grain that writes each tick of its reminder into the table <c>test_tick</c>.</summary>
[Alias("test.clock")]
public interface IClockGrain : IGrainWithStringKey, IRemindable
{
    /// <summary>Has it tick from now on.</summary>
    [Alias("start")]
    Task StartAsync(TimeSpan period);
}

/// <summary>See <see cref="IClockGrain"/>.</summary>
[GrainType("test.clock")]
internal sealed class ClockGrain(NpgsqlDataSource database) : Grain, IClockGrain
{
    private const string Insert = "INSERT INTO test_tick (grain, period) VALUES ($1, $2)";

    public async Task StartAsync(TimeSpan period) => await this.RegisterOrUpdateReminder("tick", period, period);

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        long number = (long)Math.Round((status.CurrentTickTime - status.FirstTickTime) / status.Period, MidpointRounding.AwayFromZero);
        await using NpgsqlCommand insert = database.CreateCommand(Insert);
        insert.Parameters.Add(new NpgsqlParameter { Value = this.GetPrimaryKeyString() });
        insert.Parameters.Add(new NpgsqlParameter { Value = number });
        await insert.ExecuteNonQueryAsync();
    }
}
