namespace Sympozium.GrainRuntime.Calls;

/// <summary>A call, with its arguments, of a method which returns <see cref="IAsyncEnumerable{T}"/>. Each enumeration makes it anew.</summary>
internal abstract class EnumerableRequest<T>(GrainMethod method)
{
    public GrainMethod Method { get; } = method;

    /// <summary>The cancellation token among the arguments.</summary>
    public virtual CancellationToken Token
    {
        get => default;
        set
        {
        }
    }

    /// <summary>Calls the method. Public since classes made at run time override it.</summary>
    public abstract IAsyncEnumerable<T> Invoke(object grain);
}
