using Microsoft.Extensions.Hosting;
using Sympozium.GrainRuntime.Hosting;

namespace Sympozium.Benchmarks.Grains;

/// <summary>The grain runtime that is built: the local one.</summary>
internal static class BenchmarkedRuntime
{
    public const string Name = "local";

    public static void AddTo(HostApplicationBuilder builder) =>
        builder.Services.AddLocalGrains(options => options.Assemblies.Add(typeof(BenchmarkedRuntime).Assembly));
}
