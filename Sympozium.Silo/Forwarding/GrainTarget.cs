using Sympozium.Abstractions;

namespace Sympozium.Silo.Forwarding;

/// <summary>The grains that resource events lead to.</summary>
internal enum TargetKind
{
    Run,
    Instance,
    SkillPack,
    Policy,
}

/// <summary>One grain to call.</summary>
internal readonly record struct GrainTarget(TargetKind Kind, ResourceKey Key)
{
    /// <summary>For the log.</summary>
    public override string ToString() => $"{Kind} '{Key}'";
}
