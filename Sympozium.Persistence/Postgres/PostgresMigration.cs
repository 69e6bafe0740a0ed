namespace Sympozium.Persistence.Postgres;

/// <summary>One numbered step of the schema. Once released it is never changed; a correction is a new step.</summary>
/// <param name="Number">Its place in the order, from 1 without gaps.</param>
/// <param name="Name">What it is about, for people.</param>
/// <param name="Sql">Its statements; they run in one transaction.</param>
public sealed record PostgresMigration(int Number, string Name, string Sql);
