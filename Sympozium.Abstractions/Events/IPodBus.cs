namespace Sympozium.Abstractions.Events;

/// <summary>What the control plane and the pod of a run have to do with each other on the event bus.</summary>
public interface IPodBus
{
    /// <summary>
    /// Lets the pod of a run speak on the bus by itself, about its own run only; null where pods publish through the gateway.
    /// </summary>
    PodBusAccess? Grant(ResourceKey run, string runUid, TimeSpan lifetime);

    /// <summary>
    /// The result that the pod of the run with this uid has published; null when there is none. What a pod's bridge has published before the
    /// pod ended is found here, also when its delivery to the run's grain is still under way. Where results reach the grain before they
    /// reach the bus it is always null.
    /// </summary>
    /// <exception cref="SympoziumUnavailableException">The bus cannot be reached.</exception>
    Task<BusEvent?> FindResultAsync(ResourceKey run, string runUid, CancellationToken cancellationToken);
}

/// <summary>How the pod of one run speaks on the bus.</summary>
/// <param name="Url">Servers, separated by commas, as pods reach them.</param>
/// <param name="Credentials">Text of a credentials file. Secret.</param>
/// <param name="Authority">Certificates, in PEM, that the servers' certificate may come from; null takes those that the pod's image trusts.</param>
public sealed record PodBusAccess(string Url, string Credentials, string? Authority = null);
