using Microsoft.Extensions.Hosting;
using Sympozium.GrainRuntime.Reminders;

namespace Sympozium.GrainRuntime.Hosting;

/// <summary>Starts the reminders and the collector with the host, and ends all grains before the host stops.</summary>
internal sealed class GrainRuntimeHost(LocalGrains grains, ReminderRegistry reminders) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _collection = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _collection = new IdleCollector(grains).RunAsync(_stopping.Token);
        await reminders.StartAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await reminders.StopAsync(cancellationToken);
        await _collection;
        await grains.DrainAsync(cancellationToken);
    }

    public void Dispose() => _stopping.Dispose();
}
