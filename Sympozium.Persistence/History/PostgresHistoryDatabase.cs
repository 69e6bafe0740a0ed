using System.Data.Common;
using Npgsql;
using Sympozium.Persistence.Postgres;

namespace Sympozium.Persistence.History;

/// <summary>History in PostgreSQL, beside the grains' tables and with the same numbered migrations.</summary>
public sealed class PostgresHistoryDatabase(NpgsqlDataSource dataSource, HistoryOptions options, TimeProvider time) : HistoryDatabase(options, time)
{
    /// <inheritdoc/>
    protected override string Name { get; } = Describe(dataSource.ConnectionString);

    /// <inheritdoc/>
    public override Task MigrateAsync(CancellationToken cancellationToken) => PostgresSchema.MigrateAsync(dataSource, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => dataSource.DisposeAsync();

    /// <inheritdoc/>
    protected override async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken) => await dataSource.OpenConnectionAsync(cancellationToken);

    /// <inheritdoc/>
    protected override bool IsTransient(DbException failure) => failure.IsTransient;

    private static string Describe(string connectionString)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        return $"The database '{parts.Database}' at '{parts.Host}'";
    }
}
