namespace Sympozium.GrainRuntime.Activations;

/// <summary>The first turn of an activation, in the flow (request context, activity) of the call that caused it.</summary>
internal sealed class ActivationStart(ExecutionContext? flow) : WorkItem
{
    public override void Execute(GrainActivation activation)
    {
        var own = ExecutionContext.Capture();
        if (flow is not null)
        {
            ExecutionContext.Restore(flow);
        }

        _ = activation.StartAsync();
        if (own is not null)
        {
            ExecutionContext.Restore(own);
        }
    }
}
