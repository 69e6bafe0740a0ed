using Sympozium.LocalCluster.Tests.Store;

namespace Sympozium.LocalCluster.Tests;

/// <summary>The tests' own executable doubles as the process that the durability tests kill.</summary>
public static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not ["write-until-killed", var path])
        {
            return 2;
        }

        await StoreWriter.RunAsync(path);
        return 0;
    }
}
