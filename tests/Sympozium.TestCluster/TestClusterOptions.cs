namespace Sympozium.TestCluster;

/// <summary>What the command line asks for.</summary>
/// <param name="DataDirectory">Where the cluster lives; made when missing.</param>
/// <param name="WithNode">Whether there are a node and controllers beside the API server.</param>
/// <param name="RunnerImage">Name, without tag, under which the node has this build's runner.</param>
/// <param name="SiloImage">Name, without tag, under which it has this build's control plane.</param>
internal sealed record TestClusterOptions(string DataDirectory, bool WithNode, string RunnerImage, string SiloImage)
{
    public const string DefaultRunnerImage = "registry.example.com/sympozium/runner";
    public const string DefaultSiloImage = "registry.example.com/sympozium/silo";

    public const string Usage = $"""
        sympozium-test-cluster --data DIR [--node] [--runner-image NAME] [--silo-image NAME]
          Serves a Kubernetes API with its data in DIR until SIGTERM. Prints the path of its kubeconfig when it is ready.
          --node          also controllers, and a node that runs pods
          --runner-image  name, without tag, of the image that is this build's runner; default {DefaultRunnerImage}
          --silo-image    name, without tag, of the image that is this build's control plane; default {DefaultSiloImage}
        """;

    /// <summary>Null when the arguments are not as <see cref="Usage"/> says.</summary>
    public static TestClusterOptions? Parse(string[] args)
    {
        TestClusterOptions options = new("", WithNode: false, DefaultRunnerImage, DefaultSiloImage);
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--data" when i + 1 < args.Length:
                    options = options with { DataDirectory = Path.GetFullPath(args[++i]) };
                    break;
                case "--node":
                    options = options with { WithNode = true };
                    break;
                case "--runner-image" when i + 1 < args.Length:
                    options = options with { RunnerImage = args[++i] };
                    break;
                case "--silo-image" when i + 1 < args.Length:
                    options = options with { SiloImage = args[++i] };
                    break;
                default:
                    return null;
            }
        }

        return options.DataDirectory.Length > 0 ? options : null;
    }
}
