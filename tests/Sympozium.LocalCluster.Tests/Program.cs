using Sympozium.LocalCluster.Tests.Deployments;
using Sympozium.LocalCluster.Tests.Faults;
using Sympozium.LocalCluster.Tests.Pods;
using Sympozium.LocalCluster.Tests.Store;

namespace Sympozium.LocalCluster.Tests;

/// <summary>The tests' own executable doubles as the process that the durability tests kill.</summary>
public static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["write-until-killed", var path]:
                await StoreWriter.RunAsync(path);
                return 0;
            case ["serve-until-killed", var directory]:
                await ServedCluster.ServeAsync(directory);
                return 0;
            case ["run-pod-until-killed", var directory, var name, var spec]:
                await PodRig.RunPodAsync(directory, name, spec);
                return 0;
            case ["roll-until-killed", var directory]:
                await RollingCluster.RunAsync(directory);
                return 0;
            default:
                return 2;
        }
    }
}
