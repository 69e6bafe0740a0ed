namespace Sympozium.Abstractions.Resources;

/// <summary>Bounds and identity of a list's items in the CRD.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ItemsAttribute : Attribute
{
    /// <summary>Fewest items; 0 says nothing.</summary>
    public int Min { get; init; }

    /// <summary>Most items; 0 says nothing.</summary>
    public int Max { get; init; }

    /// <summary>Field that no two items share (<c>x-kubernetes-list-map-keys</c>); the items must require it.</summary>
    public string? Key { get; init; }

    /// <summary>Longest text that an item may be; 0 says nothing.</summary>
    public int MaxLength { get; init; }
}
