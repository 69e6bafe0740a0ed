namespace Sympozium.LocalCluster.Ownership;

/// <summary>A field that an apply would change, and its owner as people name it.</summary>
internal sealed record FieldConflict(string Owner, string Path);

/// <summary>An apply that would change other managers' fields.</summary>
internal sealed class FieldConflictException(IReadOnlyList<FieldConflict> conflicts) : Exception(Text(conflicts))
{
    public IReadOnlyList<FieldConflict> Conflicts { get; } = conflicts;

    private static string Text(IReadOnlyList<FieldConflict> conflicts)
    {
        if (conflicts.Count == 1)
        {
            return $"Apply failed with 1 conflict: conflict with {conflicts[0].Owner}: {conflicts[0].Path}";
        }

        IEnumerable<string> lines = conflicts.GroupBy(conflict => conflict.Owner, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .SelectMany(group => group.Select(conflict => $"- {conflict.Path}").Prepend($"conflicts with {group.Key}:"));
        return $"Apply failed with {conflicts.Count} conflicts: {string.Join("\n", lines)}";
    }
}
