using Xunit;
using Xunit.Sdk;

namespace Sympozium.Testing.Live;

/// <summary>A fact about a cluster that is there already; skipped with the reason where none is named, or where <see cref="SkipTestException"/> says why.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Sympozium.Testing.Live.SkippableFactDiscoverer", "Sympozium.Testing")]
public sealed class LiveClusterFactAttribute : FactAttribute
{
    public LiveClusterFactAttribute()
    {
        if (LiveEnvironment.Kubeconfig is null)
        {
            Skip = $"{LiveEnvironment.KubeconfigVariable} names no kubeconfig.";
        }
    }

    /// <summary>Whether the fact needs a node that runs pods with the runner's image.</summary>
    public bool NeedsNode
    {
        get => field;
        set
        {
            field = value;
            if (value && LiveEnvironment.RunnerImage is null)
            {
                Skip ??= $"{LiveEnvironment.RunnerImageVariable} names no image that the cluster's nodes have.";
            }
        }
    }
}
