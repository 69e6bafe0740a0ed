namespace Sympozium.GrainRuntime.Activations;

/// <summary>What a call may overlap with, between turns.</summary>
internal enum Admission : byte
{
    /// <summary>Nothing but <see cref="Always"/>.</summary>
    Exclusive,

    /// <summary>Other reads.</summary>
    ReadOnly,

    /// <summary>Everything.</summary>
    Always,
}
