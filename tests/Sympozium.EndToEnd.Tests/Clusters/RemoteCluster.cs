using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sympozium.LocalCluster.Hosting;
using Sympozium.LocalCluster.Pods;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests.Clusters;

/// <summary>A cluster that is not the control plane's own: an API server over HTTPS in this process, with or without a node that runs pods.</summary>
internal sealed class RemoteCluster : IAsyncDisposable
{
    public const string RunnerImage = "registry.example.com/sympozium/runner:test";

    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = FreePort.Take();
    private readonly bool _withNode;
    private readonly bool _empty;
    private IHost _host = null!;

    private RemoteCluster(bool withNode, bool empty) => (_withNode, _empty) = (withNode, empty);

    public string Kubeconfig => _host.Services.GetRequiredService<LocalClusterHost>().KubeconfigPath;

    public string Url => _host.Services.GetRequiredService<LocalClusterHost>().Url;

    /// <summary>Starts one; <paramref name="empty"/>: without the namespace of Sympozium, which a local cluster has from the start.</summary>
    public static async Task<RemoteCluster> StartAsync(bool withNode, bool empty = false)
    {
        RemoteCluster cluster = new(withNode, empty);
        await cluster.StartAgainAsync();
        return cluster;
    }

    /// <summary>Starts it on the same data and port.</summary>
    public async Task StartAgainAsync()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSympoziumLocalCluster(options =>
        {
            options.DataDirectory = _directory.Path;
            options.Port = _port;
            if (_empty)
            {
                options.Namespaces.Remove("sympozium-system");
            }
        });
        if (_withNode)
        {
            builder.Services.AddSympoziumLocalPods(options =>
            {
                options.DataDirectory = _directory.Path;

                // A pod of a real cluster reaches the gateway over the network, which a sandbox does not have.
                options.ForcePlainProcesses = true;
                options.ShutdownGrace = TimeSpan.FromSeconds(1);
                options.Images.Add(new LocalPodImage("registry.example.com/sympozium/runner", RunnerDirectory()));
            });
        }

        _host = builder.Build();
        await _host.StartAsync();
    }

    public async Task StopAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }

    private static string RunnerDirectory()
    {
        string own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        return Path.GetFullPath(Path.Combine(own, "..", "..", "Sympozium.Runner", Path.GetFileName(own)));
    }
}
