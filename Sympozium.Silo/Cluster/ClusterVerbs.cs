using Sympozium.Silo.Hosting;

namespace Sympozium.Silo.Cluster;

/// <summary>The verbs <c>silo</c> and <c>gateway</c>: the control plane beside a Kubernetes API that is not its own.</summary>
internal static class ClusterVerbs
{
    /// <summary>Runs the verb <c>silo</c> until SIGTERM or SIGINT; returns the exit code.</summary>
    public static Task<int> SiloAsync(string[] args) => SiloExit.RunAsync(() =>
    {
        ClusterOptions options = ClusterOptions.Parse(args);
        return options.Profile == ClusterOptions.SmallProfile ? SmallProfile.RunAsync(options) : ClusterProfile.RunSiloAsync(Several(options));
    });

    /// <summary>Runs the verb <c>gateway</c> until SIGTERM or SIGINT; returns the exit code.</summary>
    public static Task<int> GatewayAsync(string[] args) => SiloExit.RunAsync(() =>
    {
        ClusterOptions options = ClusterOptions.Parse(["--profile", ClusterOptions.ClusterProfile, .. args]);
        return options.Profile == ClusterOptions.ClusterProfile
            ? ClusterProfile.RunGatewayAsync(Several(options))
            : throw new FormatException("The small profile has its gateway in the silo's process: 'sympozium-silo silo --profile small' serves it.");
    });

    private static ClusterOptions Several(ClusterOptions options) =>
        GrainRuntimeOfBuild.OneProcess is { } why ? throw new FormatException(why) : options;
}
