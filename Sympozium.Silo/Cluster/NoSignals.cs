using Microsoft.Extensions.Hosting;

namespace Sympozium.Silo.Cluster;

/// <summary>For a host inside another one: signals are the outer one's.</summary>
internal sealed class NoSignals : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
