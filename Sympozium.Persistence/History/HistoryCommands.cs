using System.Data.Common;

namespace Sympozium.Persistence.History;

/// <summary>Short forms for statements with parameters; names of parameters are those in the statement.</summary>
internal static class HistoryCommands
{
    /// <summary>Runs a statement and gives the number of rows it changed.</summary>
    public static async Task<int> ExecuteAsync(
        this DbTransaction transaction, string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        await using DbCommand command = Command(transaction, sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>All rows.</summary>
    public static async Task<List<T>> QueryAsync<T>(
        this DbTransaction transaction,
        string sql,
        Func<DbDataReader, T> read,
        CancellationToken cancellationToken,
        params (string Name, object? Value)[] parameters)
    {
        await using DbCommand command = Command(transaction, sql, parameters);
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Milliseconds since 1970, as times are stored.</summary>
    public static long Stored(this DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    /// <summary>A time column.</summary>
    public static DateTimeOffset Time(this DbDataReader reader, int column) => DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));

    /// <summary>A time column that may be null.</summary>
    public static DateTimeOffset? TimeOrNull(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.Time(column);

    /// <summary>A text column that may be null.</summary>
    public static string? TextOrNull(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static DbCommand Command(DbTransaction transaction, string sql, (string Name, object? Value)[] parameters)
    {
        DbCommand command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;

        // Always one of the constants in this folder; values are parameters.
#pragma warning disable CA2100 // constants of this folder only
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach ((string name, object? value) in parameters)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            if (value is null)
            {
                // All columns that may be null and are compared are text; without a type PostgreSQL cannot tell.
                parameter.DbType = System.Data.DbType.String;
            }

            command.Parameters.Add(parameter);
        }

        return command;
    }
}
