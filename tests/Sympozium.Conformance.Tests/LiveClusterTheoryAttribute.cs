using Sympozium.Conformance.Tests.Cluster;

namespace Sympozium.Conformance.Tests;

/// <summary>A theory that needs a live cluster; skipped with the reason where none is named.</summary>
public sealed class LiveClusterTheoryAttribute : TheoryAttribute
{
    public LiveClusterTheoryAttribute()
    {
        if (string.IsNullOrEmpty(LiveClusterRig.Kubeconfig))
        {
            Skip = $"{LiveClusterRig.Variable} names no kubeconfig.";
        }
    }
}
