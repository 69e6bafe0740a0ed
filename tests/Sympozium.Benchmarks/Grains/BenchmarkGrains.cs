using Orleans;

namespace Sympozium.Benchmarks.Grains;

/// <summary>What grains say to each other, as cheaply as can be.</summary>
public interface IPingGrain : IGrainWithStringKey
{
    Task<int> PingAsync(int number);

    /// <summary>Answers after the turn has gone back to the queue once.</summary>
    Task<int> YieldAsync(int number);

    /// <summary>Calls another grain so many times.</summary>
    Task<int> CallManyAsync(string other, int times);
}

/// <summary>See <see cref="IPingGrain"/>.</summary>
[GrainType("benchmark.ping")]
public sealed class PingGrain : Grain, IPingGrain
{
    public Task<int> PingAsync(int number) => Task.FromResult(number);

    public async Task<int> YieldAsync(int number)
    {
        await Task.Yield();
        return number;
    }

    public async Task<int> CallManyAsync(string other, int times)
    {
        var grain = GrainFactory.GetGrain<IPingGrain>(other);
        var sum = 0;
        for (var call = 0; call < times; call++)
        {
            sum += await grain.PingAsync(call);
        }

        return sum;
    }
}
