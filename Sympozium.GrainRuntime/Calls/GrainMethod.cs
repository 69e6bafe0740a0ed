using System.Reflection;
using Orleans;
using Orleans.Concurrency;
using Sympozium.GrainRuntime.Activations;

namespace Sympozium.GrainRuntime.Calls;

/// <summary>What a method of a grain interface says about its calls.</summary>
internal sealed class GrainMethod
{
    public GrainMethod(MethodInfo method)
    {
        Name = $"{method.DeclaringType!.Name}.{method.Name}";
        OneWay = method.IsDefined(typeof(OneWayAttribute));
        TakesToken = method.GetParameters().Any(parameter => parameter.ParameterType == typeof(CancellationToken));
        Timeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
        Admission = method.IsDefined(typeof(AlwaysInterleaveAttribute)) ? Admission.Always
            : method.IsDefined(typeof(ReadOnlyAttribute)) ? Admission.ReadOnly
            : Admission.Exclusive;
    }

    /// <summary>A method of the runtime itself.</summary>
    public GrainMethod(string name, TimeSpan? timeout)
    {
        Name = name;
        Timeout = timeout;
        Admission = Admission.Always;
    }

    public string Name { get; }

    public Admission Admission { get; }

    public bool OneWay { get; }

    public bool TakesToken { get; }

    /// <summary>Null: the runtime's default.</summary>
    public TimeSpan? Timeout { get; }

    public override string ToString() => Name;
}
