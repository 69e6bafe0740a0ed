namespace Sympozium.GrainRuntime.Activations;

/// <summary>The life of an activation, in order.</summary>
internal enum ActivationState : byte
{
    Created,
    Activating,
    Valid,
    Deactivating,
    Dead,
}
