using Xunit;
using Xunit.Sdk;

namespace Sympozium.Testing.Live;

/// <summary>A theory about a cluster that is there already; skipped as <see cref="LiveClusterFactAttribute"/> is.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Sympozium.Testing.Live.SkippableTheoryDiscoverer", "Sympozium.Testing")]
public sealed class LiveClusterTheoryAttribute : TheoryAttribute
{
    public LiveClusterTheoryAttribute()
    {
        if (LiveEnvironment.Kubeconfig is null)
        {
            Skip = $"{LiveEnvironment.KubeconfigVariable} names no kubeconfig.";
        }
    }
}
