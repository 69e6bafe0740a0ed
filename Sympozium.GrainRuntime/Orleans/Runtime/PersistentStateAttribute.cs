namespace Orleans.Runtime;

/// <summary>Marks the constructor parameter which receives an <see cref="IPersistentState{TState}"/>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class PersistentStateAttribute : Attribute
{
    public PersistentStateAttribute(string stateName, string? storageName = null)
    {
        ArgumentNullException.ThrowIfNull(stateName);
        StateName = stateName;
        StorageName = storageName;
    }

    public string StateName { get; }

    /// <summary>The key under which the <c>IGrainStorage</c> is registered; null for the default one.</summary>
    public string? StorageName { get; }
}
