namespace Sympozium.Persistence.Postgres;

/// <summary>A newer program has migrated the database; this one must not touch it.</summary>
public sealed class SchemaTooNewException(string database, int found, int known) : Exception(
    $"Database '{database}' has schema version {found}, newer than {known}, the newest that this program knows. "
    + "Use the program that migrated it or a newer one, or another database.")
{
    /// <summary>Version of the database.</summary>
    public int Found => found;

    /// <summary>Newest version that this program knows.</summary>
    public int Known => known;
}
