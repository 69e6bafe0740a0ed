using Sympozium.Conformance.Tests.Running;

namespace Sympozium.Conformance.Tests.Cluster;

/// <summary>A cluster that is there already.</summary>
public sealed class LiveClusterRig : IAsyncLifetime
{
    public const string Variable = "SYMPOZIUM_TEST_KUBECONFIG";

    public static string? Kubeconfig => Environment.GetEnvironmentVariable(Variable);

    internal ConformanceTarget Target { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Kubeconfig is { Length: > 0 } kubeconfig)
        {
            Target = await ConformanceTarget.OpenAsync(kubeconfig, CaseLimits.Remote);
        }
    }

    public async Task DisposeAsync()
    {
        if (Target is not null)
        {
            await Target.DisposeAsync();
        }
    }
}
