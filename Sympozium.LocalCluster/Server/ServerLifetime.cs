namespace Sympozium.LocalCluster.Server;

/// <summary>Lets long answers end when the server stops, before it stops listening.</summary>
public sealed class ServerLifetime : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    public CancellationToken Stopping => _stopping.Token;

    public void Stop() => _stopping.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();
}
