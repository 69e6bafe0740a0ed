namespace Sympozium.Persistence.Sqlite;

/// <summary>This machine has no usable SQLite library; the message says which package brings it.</summary>
public sealed class SqliteUnavailableException(string message) : Exception(message);
