namespace Sympozium.Persistence.Postgres;

/// <summary>The database belongs to another installation; two on one would run each other's grains.</summary>
public sealed class InstallationConflictException(string database, string owner, string claimant) : Exception(
    $"Database '{database}' belongs to installation '{owner}', and this is '{claimant}'. Give each installation a database of its own, "
    + "or set the installation's name to the owner's if it is the same one under a new name.")
{
    /// <summary>Who claimed the database first.</summary>
    public string Owner => owner;

    /// <summary>Who was refused.</summary>
    public string Claimant => claimant;
}
