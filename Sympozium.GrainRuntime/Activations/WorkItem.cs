namespace Sympozium.GrainRuntime.Activations;

/// <summary>One turn of an activation. It is the node of the queue it stands in, so that queues cost nothing while empty.</summary>
internal abstract class WorkItem
{
    internal WorkItem? Next { get; set; }

    /// <summary>Runs the turn. It must not throw: the activation's pump has nobody to tell.</summary>
    public abstract void Execute(GrainActivation activation);
}
