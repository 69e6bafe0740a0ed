namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>A fact about a cluster that is there already; skipped with the reason where it cannot be tried.</summary>
internal sealed class LiveClusterFactAttribute : FactAttribute
{
    public const string KubeconfigVariable = "SYMPOZIUM_TEST_KUBECONFIG";
    public const string RunnerImageVariable = "SYMPOZIUM_TEST_RUNNER_IMAGE";
    public const string GatewayHostVariable = "SYMPOZIUM_TEST_GATEWAY_HOST";

    public LiveClusterFactAttribute()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(KubeconfigVariable)))
        {
            Skip = $"{KubeconfigVariable} names no kubeconfig.";
        }
    }

    /// <summary>Whether the fact needs a node that runs pods with the runner's image.</summary>
    public bool NeedsNode
    {
        get => field;
        set
        {
            field = value;
            if (value && !HasRunnerImage)
            {
                Skip ??= $"{RunnerImageVariable} names no image that the cluster's nodes have.";
            }
        }
    }

    /// <summary>Whether the test plays the pods itself, which a node would disturb.</summary>
    public bool PlaysPods
    {
        get => field;
        set
        {
            field = value;
            if (value && HasRunnerImage)
            {
                Skip ??= $"{RunnerImageVariable} is set, so the cluster's nodes run the pods.";
            }
        }
    }

    private static bool HasRunnerImage => Environment.GetEnvironmentVariable(RunnerImageVariable) is { Length: > 0 };
}
