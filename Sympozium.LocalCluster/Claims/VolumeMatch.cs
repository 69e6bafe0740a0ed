namespace Sympozium.LocalCluster.Claims;

/// <summary>Which volume a claim gets. Pure.</summary>
internal static class VolumeMatch
{
    /// <summary>The volume that is kept for the claim, else the smallest free one that has everything it asks for; null when there is none.</summary>
    /// <param name="claim">A claim without a volume.</param>
    /// <param name="volumes">All volumes.</param>
    /// <param name="onlyReserved">The claim waits for a pod: only what is kept for it is bound before.</param>
    public static VolumeFacts? Find(ClaimFacts claim, IEnumerable<VolumeFacts> volumes, bool onlyReserved = false)
    {
        List<VolumeFacts> fitting = [.. volumes.Where(volume => !volume.IsDeleting && Fits(claim, volume))];
        return fitting.Find(volume => volume.IsReserved && volume.IsFor(claim))
            ?? (onlyReserved
                ? null
                : fitting.Where(volume => !volume.IsReserved && volume.Phase == "Available" && Selects(claim, volume))
                    .OrderBy(volume => volume.Size.Nanos).ThenBy(volume => volume.Name, StringComparer.Ordinal).FirstOrDefault());
    }

    private static bool Fits(ClaimFacts claim, VolumeFacts volume) =>
        volume.Size.Nanos >= claim.Wanted.Nanos && volume.Mode == claim.Mode && volume.Class == (claim.Class ?? "") && claim.Modes.All(volume.Modes.Contains);

    private static bool Selects(ClaimFacts claim, VolumeFacts volume) => claim.Selector is null || claim.Selector.Matches(volume.Labels);
}
