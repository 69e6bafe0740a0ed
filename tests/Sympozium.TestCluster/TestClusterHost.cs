using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.LocalCluster.Hosting;
using Sympozium.LocalCluster.Jobs;
using Sympozium.LocalCluster.Pods;

namespace Sympozium.TestCluster;

/// <summary>Puts the cluster together: what a control plane's own process has of it, and nothing of Sympozium.</summary>
internal static class TestClusterHost
{
    private const string NodeName = "test-node";

    public static IHost Build(TestClusterOptions options)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSympoziumLocalCluster(cluster =>
        {
            cluster.DataDirectory = options.DataDirectory;
            cluster.Port = 0;
            cluster.Namespaces.Remove("sympozium-system");
        });
        if (options.WithNode)
        {
            builder.Services.AddSingleton(new LocalJobOptions { NodeName = NodeName });
            builder.Services.AddSympoziumLocalPods(pods =>
            {
                pods.DataDirectory = options.DataDirectory;
                pods.NodeName = NodeName;

                // A pod of a real cluster reaches the gateway over the network.
                pods.HonorEgressLabel = false;
                pods.ShutdownGrace = TimeSpan.FromSeconds(1);
                pods.Images.Add(new LocalPodImage(options.RunnerImage, Built("Sympozium.Runner")));
                pods.Images.Add(new LocalPodImage(options.SiloImage, Built("Sympozium.Silo"), ["sympozium-silo"]));
            });
        }

        return builder.Build();
    }

    /// <summary>A program of the same build.</summary>
    private static string Built(string project)
    {
        string own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        return Path.GetFullPath(Path.Combine(own, "..", "..", project, Path.GetFileName(own)));
    }
}
