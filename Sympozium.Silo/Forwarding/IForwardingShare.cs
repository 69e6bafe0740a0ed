using Sympozium.Abstractions;

namespace Sympozium.Silo.Forwarding;

/// <summary>
/// Which changes this process forwards at once. Every process sees every change; for each key one of them is first, and the others make sure later that
/// it did its part. Processes may disagree for moments: a key then has two or none that come first.
/// </summary>
internal interface IForwardingShare
{
    /// <summary>The share has changed.</summary>
    event Action? Changed;

    /// <summary>Whether this process is the first for a key.</summary>
    bool IsMine(ResourceKey key);
}

/// <summary>Everything, for a process that has no peers.</summary>
internal sealed class WholeShare : IForwardingShare
{
    /// <inheritdoc/>
    public event Action? Changed
    {
        add { }
        remove { }
    }

    /// <inheritdoc/>
    public bool IsMine(ResourceKey key) => true;
}
