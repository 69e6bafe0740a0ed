using Npgsql;

namespace Sympozium.Persistence.Postgres;

/// <summary>Whose database it is.</summary>
public static class PostgresInstallation
{
    private const string Claim = "INSERT INTO installation (id) VALUES ($1) ON CONFLICT DO NOTHING";
    private const string Read = "SELECT id FROM installation";

    /// <summary>
    /// Claims a migrated database for an installation: the first one has it for good, again and again. All its processes give the same name.
    /// </summary>
    /// <exception cref="InstallationConflictException">Another installation has claimed it.</exception>
    public static async Task ClaimAsync(NpgsqlDataSource dataSource, string installation, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var claim = new NpgsqlCommand(Claim, connection);
        claim.Parameters.Add(new NpgsqlParameter { Value = installation });
        await claim.ExecuteNonQueryAsync(cancellationToken);
        await using var read = new NpgsqlCommand(Read, connection);
        var owner = (string)(await read.ExecuteScalarAsync(cancellationToken))!;
        if (owner != installation)
        {
            throw new InstallationConflictException(connection.Database, owner, installation);
        }
    }
}
