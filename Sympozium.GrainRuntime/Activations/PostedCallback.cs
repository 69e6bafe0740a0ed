namespace Sympozium.GrainRuntime.Activations;

/// <summary>The rest of a method which awaited something.</summary>
internal sealed class PostedCallback(SendOrPostCallback callback, object? state) : WorkItem
{
    public override void Execute(GrainActivation activation)
    {
        try
        {
            callback(state);
        }
        catch (Exception exception)
        {
            activation.Class.Runtime.Log.CallbackFailed(exception, activation.GrainId);
        }
    }
}
