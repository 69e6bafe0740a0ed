using System.Runtime.CompilerServices;
using Orleans.Runtime;
using Sympozium.GrainRuntime.Activations;

namespace Sympozium.GrainRuntime.Calls;

/// <summary>Base of the classes, made at run time, that implement grain interfaces. Public members are what those classes use.</summary>
internal abstract class GrainProxy(InterfaceBinding binding, string key) : GrainReference
{
    private GrainActivation? _activation;

    public override GrainId GrainId => GrainId.Create(binding.Class.GrainType, key);

    public override string InterfaceName => binding.InterfaceType.FullName!;

    /// <summary>Calls a method which gives nothing.</summary>
    public Task CallVoid(GrainRequest request)
    {
        if (request.Method.TakesToken && request.TakeOverToken() is { } cancelled)
        {
            return cancelled;
        }

        var activation = _activation;
        while (true)
        {
            if (activation is null)
            {
                try
                {
                    activation = binding.Class.Find(key);
                }
                catch (SiloUnavailableException exception)
                {
                    return request.Failed(exception);
                }

                _activation = activation;
            }

            var answer = activation.Call(request);
            if (answer is not null)
            {
                return answer;
            }

            activation = null;
        }
    }

    /// <summary>Calls a method which gives a <typeparamref name="T"/>.</summary>
    public Task<T> Call<T>(TaskRequest<T> request) => Unsafe.As<Task<T>>(CallVoid(request));

    /// <summary>Calls a method which gives many.</summary>
    public IAsyncEnumerable<T> Enumerate<T>(EnumerableRequest<T> request) => new GrainEnumerable<T>(this, request);

    internal override object Cast(Type interfaceType) => binding.Class.Runtime.Reference(interfaceType, binding.Class, key);
}
