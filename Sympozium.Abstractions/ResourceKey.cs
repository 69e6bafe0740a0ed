using System.Diagnostics.CodeAnalysis;

namespace Sympozium.Abstractions;

/// <summary>Identity of a namespaced resource, also the key of its grain: <c>namespace/name</c>.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
public readonly record struct ResourceKey(string Namespace, string Name)
{
    /// <summary>Reads <c>namespace/name</c>.</summary>
    /// <exception cref="FormatException">There is not exactly one slash, or a part is empty.</exception>
    public static ResourceKey Parse(string key) => TryParse(key, out ResourceKey result)
        ? result
        : throw new FormatException($"'{key}' is not a resource key; expected 'namespace/name'.");

    /// <summary>Reads <c>namespace/name</c>; false when it is not of that form.</summary>
    public static bool TryParse([NotNullWhen(true)] string? key, out ResourceKey result)
    {
        int slash = key?.IndexOf('/') ?? -1;
        bool valid = slash > 0 && slash < key!.Length - 1 && key.IndexOf('/', slash + 1) < 0;
        result = valid ? new ResourceKey(key![..slash], key[(slash + 1)..]) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Namespace}/{Name}";
}
