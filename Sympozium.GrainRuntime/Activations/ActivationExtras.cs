using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Sympozium.GrainRuntime.Calls;

namespace Sympozium.GrainRuntime.Activations;

/// <summary>What only some activations have, so that the others do not pay for it. The activation's lock guards it.</summary>
internal sealed class ActivationExtras
{
    public List<GrainTimer>? Timers { get; set; }

    public List<EnumerationSession>? Enumerations { get; set; }

    public AsyncServiceScope? Scope { get; set; }

    /// <summary>Timestamp until which the activation is not collected; 0 for none.</summary>
    public long KeepAliveUntil { get; set; }

    /// <summary>Set when the end was asked for: at once, or while the activation was still starting.</summary>
    public DeactivationReason? Reason { get; set; }

    /// <summary>Completes when no call is under way any more; made when the activation is to end.</summary>
    public TaskCompletionSource? Drained { get; set; }

    /// <summary>Completes when the activation has ended; made when somebody asks.</summary>
    public TaskCompletionSource? Ended { get; set; }
}
