using Orleans;

namespace Sympozium.Abstractions.Skills;

/// <summary>One SkillPack; the key is <c>namespace/name</c>.</summary>
[Alias("sympozium.skill-pack")]
public interface ISkillPackGrain : IGrainWithStringKey
{
    /// <summary>Writes the pack's ConfigMap (same name, one <c>&lt;skill&gt;.md</c> per skill) and its status. Level-triggered and idempotent.</summary>
    [Alias("reconcile")]
    Task ReconcileAsync(CancellationToken cancellationToken);
}
