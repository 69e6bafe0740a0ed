namespace Sympozium.Abstractions.Policies;

/// <summary>Names or patterns of which something has to match one. Two lists with the same names are equal.</summary>
/// <param name="Names">The names, as the policy has them.</param>
public sealed record NameList(IReadOnlyList<string> Names)
{
    /// <inheritdoc/>
    public bool Equals(NameList? other) => other is not null && Names.SequenceEqual(other.Names, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Names.Count == 0 ? 0 : string.GetHashCode(Names[0], StringComparison.Ordinal) + Names.Count;

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Names);
}
