namespace Sympozium.GrainRuntime.Activations;

/// <summary>Work that has a beginning and an end and may have to wait for other such work: a call or a timer's tick.</summary>
internal abstract class AdmittedItem : WorkItem
{
    public abstract Admission Admission { get; }

    /// <summary>Whether the work counts as use, so that the activation is not idle.</summary>
    public virtual bool KeepsAlive => true;

    /// <summary>Called instead of <see cref="WorkItem.Execute"/> when the activation which the item waited for has ended.</summary>
    public abstract void Abandon(GrainActivation activation, Exception? activationFailure);
}
