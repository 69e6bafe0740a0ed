using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;
using Sympozium.Abstractions;
using Sympozium.Silo.Forwarding;

namespace Sympozium.Silo.Hosting;

/// <summary>
/// This silo's share of the keys among the silos that are active: each key goes to the silo for which a hash of both is the highest, so that a silo that
/// joins or leaves moves only its own keys. Follows the membership, on which silos agree within moments.
/// </summary>
internal sealed class SiloShare(IClusterMembershipService membership, ILocalSiloDetails self) : BackgroundService, IForwardingShare
{
    private readonly ulong _own = Seed(self.SiloAddress);
    private volatile ImmutableHashSet<SiloAddress> _active = [];
    private volatile ulong[]? _others;

    /// <inheritdoc/>
    public event Action? Changed;

    /// <inheritdoc/>
    public bool IsMine(ResourceKey key)
    {
        if (_others is not { } others)
        {
            // Not active (any more): whoever is does it.
            return false;
        }

        ulong hash = KeyHash.Of(key);
        ulong own = KeyHash.Mix(_own ^ hash);
        foreach (ulong other in others)
        {
            if (KeyHash.Mix(other ^ hash) > own)
            {
                return false;
            }
        }

        return true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (ClusterMembershipSnapshot snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
        {
            ImmutableHashSet<SiloAddress> active = [.. snapshot.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress)];
            if (!active.SetEquals(_active))
            {
                _active = active;
                _others = active.Contains(self.SiloAddress) ? [.. active.Where(silo => !silo.Equals(self.SiloAddress)).Select(Seed)] : null;
                Changed?.Invoke();
            }
        }
    }

    private static ulong Seed(SiloAddress silo) => KeyHash.Of(silo.ToParsableString());
}
