using Microsoft.Extensions.Hosting;
using Sympozium.Persistence.History;

namespace Sympozium.Silo.History;

/// <summary>Brings the tables to the newest version before anything reads or writes them; a database of a newer program stops the start.</summary>
internal sealed class HistorySetup(HistoryDatabase database) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => database.MigrateAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
