using Orleans.Runtime;
using Sympozium.GrainRuntime.Activations;

namespace Orleans;

/// <summary>Base of grain classes.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    protected Grain()
    {
        GrainContext = ActivationScope.Constructing ?? throw new InvalidOperationException(
            $"Grain class '{GetType()}' was constructed outside of the runtime. Ask an {nameof(IGrainFactory)} for a reference instead.");
    }

    protected Grain(IGrainContext grainContext)
    {
        GrainContext = grainContext;
    }

    public IGrainContext GrainContext { get; }

    public GrainReference GrainReference => GrainContext.GrainReference;

    public string IdentityString => GrainContext.GrainId.ToString();

    protected IGrainFactory GrainFactory => ((IActivationHost)GrainContext).GrainFactory;

    protected internal IServiceProvider ServiceProvider => GrainContext.ActivationServices;

    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

    protected void DelayDeactivation(TimeSpan timeSpan) => ((IActivationHost)GrainContext).DelayDeactivation(timeSpan);
}
