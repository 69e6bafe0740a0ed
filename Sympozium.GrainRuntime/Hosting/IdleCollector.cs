namespace Sympozium.GrainRuntime.Hosting;

/// <summary>Ends idle activations. It looks once in each collection quantum; a look that fails is logged and the next one comes in time.</summary>
internal sealed class IdleCollector(LocalGrains grains)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(grains.Options.CollectionQuantum, grains.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                try
                {
                    grains.Collect();
                }
                catch (Exception exception)
                {
                    grains.Log.CollectionFailed(exception, grains.Options.CollectionQuantum);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
    }
}
