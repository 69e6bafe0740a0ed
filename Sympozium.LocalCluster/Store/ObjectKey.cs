namespace Sympozium.LocalCluster.Store;

/// <summary>One stored resource, whatever version it is served in.</summary>
public readonly record struct ResourceKey(string Group, string Plural)
{
    /// <inheritdoc/>
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}

/// <summary>One stored object; <paramref name="Namespace"/> is empty for cluster-scoped ones.</summary>
public readonly record struct ObjectKey(ResourceKey Resource, string Namespace, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => Namespace.Length == 0 ? $"{Resource}/{Name}" : $"{Resource}/{Namespace}/{Name}";
}
