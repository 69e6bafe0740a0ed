namespace Sympozium.Testing.Live;

/// <summary>What the environment says of a cluster that is there already; tests against it have the category <c>LiveCluster</c>.</summary>
public static class LiveEnvironment
{
    public const string KubeconfigVariable = "SYMPOZIUM_TEST_KUBECONFIG";
    public const string RunnerImageVariable = "SYMPOZIUM_TEST_RUNNER_IMAGE";
    public const string GatewayHostVariable = "SYMPOZIUM_TEST_GATEWAY_HOST";

    /// <summary>For what a cluster does in its own time: controllers that notice a new definition half a minute later, images, namespaces that end.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Path of its kubeconfig; null where there is none.</summary>
    public static string? Kubeconfig => Read(KubeconfigVariable) is { } path ? Path.GetFullPath(path) : null;

    /// <summary>An image of the runner that the cluster's nodes have; null where no node runs pods.</summary>
    public static string? RunnerImage => Read(RunnerImageVariable);

    /// <summary>Address at which pods and API server reach this machine; null when the tests have to find it.</summary>
    public static string? GatewayHost => Read(GatewayHostVariable);

    private static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
