using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sympozium.Conformance.Tests.Running;
using Sympozium.LocalCluster.Hosting;
using Sympozium.LocalCluster.Jobs;
using Sympozium.LocalCluster.Pods;
using Sympozium.Testing;

namespace Sympozium.Conformance.Tests.Cluster;

/// <summary>A local cluster with its pod runner, in this process, for all cases of a class.</summary>
public sealed class LocalClusterRig : IAsyncLifetime, IDisposable
{
    // A word that no case uses otherwise, since it is masked in outputs.
    private const string NodeName = "conformance-node";

    private readonly TemporaryDirectory _folder = new();
    private LocalPodOptions _pods = null!;
    private IHost _host = null!;

    internal ConformanceTarget Target { get; private set; } = null!;

    /// <summary>How long a deleted pod is seen to terminate at least.</summary>
    internal TimeSpan MinTerminatingTime
    {
        set => _pods.MinTerminatingTime = value;
    }

    public async Task InitializeAsync()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSympoziumLocalCluster(o =>
        {
            o.DataDirectory = _folder.Path;
            o.Port = 0;
        });
        // The waits of a real cluster, shortened: their outcome is compared, never their length.
        builder.Services.AddSingleton(new LocalJobOptions
        {
            NodeName = NodeName,
            FailureBackoff = TimeSpan.FromMilliseconds(20),
            ReadyDelay = TimeSpan.FromMilliseconds(20),
        });
        builder.Services.AddSympoziumLocalPods(o =>
        {
            o.DataDirectory = _folder.Path;
            o.NodeName = NodeName;
            o.RestartBackoff = TimeSpan.FromMilliseconds(20);
            o.ConfigRetryPeriod = TimeSpan.FromMilliseconds(50);
            o.ShutdownGrace = TimeSpan.FromSeconds(1);
            _pods = o;
        });
        _host = builder.Build();
        await _host.StartAsync();
        LocalClusterHost cluster = _host.Services.GetRequiredService<LocalClusterHost>();
        Target = await ConformanceTarget.OpenAsync(cluster.KubeconfigPath, CaseLimits.InProcess, _ => IPAddress.Loopback, NodeName);
    }

    public async Task DisposeAsync()
    {
        await Target.DisposeAsync();
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    /// <summary>Called by xunit after <see cref="DisposeAsync"/>.</summary>
    public void Dispose() => _folder.Dispose();
}
