using Microsoft.Data.Sqlite;

namespace Sympozium.Persistence.Grains;

/// <summary>The tables of grain state and reminders.</summary>
internal static class SqliteGrainSchema
{
    private const long Version = 1;

    private const string Tables = """
        CREATE TABLE IF NOT EXISTS grain_state (
          grain TEXT NOT NULL,
          name TEXT NOT NULL,
          etag TEXT NOT NULL,
          json BLOB NOT NULL,
          PRIMARY KEY (grain, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS grain_reminder (
          grain TEXT NOT NULL,
          name TEXT NOT NULL,
          etag TEXT NOT NULL,
          start_ticks INTEGER NOT NULL,
          period_ticks INTEGER NOT NULL,
          PRIMARY KEY (grain, name)
        ) STRICT, WITHOUT ROWID;
        """;

    public static void Prepare(SqliteConnection connection, string path)
    {
        connection.Execute("PRAGMA journal_mode = WAL");

        // A write that is acknowledged survives a power failure.
        connection.Execute("PRAGMA synchronous = FULL");
        var found = (long)connection.Scalar("PRAGMA user_version")!;
        if (found > Version)
        {
            throw new InvalidOperationException(
                $"Grain database '{path}' has schema version {found}, newer than {Version}, the newest this program knows. "
                + "Use the program that wrote it, or another data directory.");
        }

        connection.Execute(Tables);
        connection.Execute($"PRAGMA user_version = {Version}");
    }
}
