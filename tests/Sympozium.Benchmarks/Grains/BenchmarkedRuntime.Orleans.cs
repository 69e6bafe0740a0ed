using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Sympozium.Testing;

namespace Sympozium.Benchmarks.Grains;

/// <summary>The grain runtime that is built: Orleans, one silo.</summary>
internal static class BenchmarkedRuntime
{
    public const string Name = "Orleans";

    public static void AddTo(HostApplicationBuilder builder) =>
        builder.UseOrleans(silo => silo.UseLocalhostClustering(FreePort.Take(), FreePort.Take()));
}
