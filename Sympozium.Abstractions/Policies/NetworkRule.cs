using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Policies;

/// <summary>What one policy lets pods reach.</summary>
/// <param name="Open">Whether everything is reachable.</param>
/// <param name="Egress">What is reachable otherwise, besides the control plane.</param>
/// <param name="Dns">Whether names can be resolved.</param>
/// <param name="EventBus">Whether the event bus can be reached.</param>
public sealed record NetworkRule(bool Open, IReadOnlyList<EgressSpec> Egress, bool Dns, bool EventBus)
{
    /// <summary>Whether a destination is reachable by this policy.</summary>
    public bool Allows(EgressSpec wanted) => Open || Egress.Any(entry =>
        (entry.Port is null || entry.Port == wanted.Port)
        && (string.Equals(entry.Host, wanted.Host, StringComparison.OrdinalIgnoreCase)
            || (entry.Host.StartsWith("*.", StringComparison.Ordinal) && wanted.Host.EndsWith(entry.Host[1..], StringComparison.OrdinalIgnoreCase))));

    /// <inheritdoc/>
    public bool Equals(NetworkRule? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(ToString(), StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString()
    {
        string reach = Open ? "open" : $"closed{string.Concat(Egress.Select(entry => $", but {entry.Host}{(entry.Port is null ? "" : ":" + entry.Port)}"))}";
        return $"{reach}{(Dns ? "" : ", no DNS")}{(EventBus ? "" : ", no event bus")}";
    }
}
