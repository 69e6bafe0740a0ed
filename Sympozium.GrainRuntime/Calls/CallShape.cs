using System.Reflection;

namespace Sympozium.GrainRuntime.Calls;

/// <summary>How a method with a certain return type is called and invoked.</summary>
internal sealed record CallShape
{
    /// <summary>What the task or enumerable is of; null for a plain task.</summary>
    public required Type? ResultType { get; init; }

    /// <summary>The base of request classes.</summary>
    public required Type RequestType { get; init; }

    /// <summary>The method of <see cref="GrainProxy"/> that sends the request.</summary>
    public required MethodInfo ProxyMethod { get; init; }

    /// <summary>Makes the value task which the caller gets; null if it gets the task itself.</summary>
    public ConstructorInfo? ValueTaskFromTask { get; init; }

    /// <summary>Makes a task of the value task which the grain gave; null if it gave a task.</summary>
    public MethodInfo? TaskFromValueTask { get; init; }

    public static CallShape? Of(Type returnType)
    {
        if (returnType == typeof(Task) || returnType == typeof(ValueTask))
        {
            return Plain(returnType == typeof(ValueTask));
        }

        if (!returnType.IsConstructedGenericType)
        {
            return null;
        }

        var open = returnType.GetGenericTypeDefinition();
        var result = returnType.GenericTypeArguments[0];
        if (open == typeof(IAsyncEnumerable<>))
        {
            return new CallShape
            {
                ResultType = result,
                RequestType = typeof(EnumerableRequest<>).MakeGenericType(result),
                ProxyMethod = typeof(GrainProxy).GetMethod(nameof(GrainProxy.Enumerate))!.MakeGenericMethod(result),
            };
        }

        return open == typeof(Task<>) || open == typeof(ValueTask<>) ? WithResult(result, open == typeof(ValueTask<>)) : null;
    }

    private static CallShape Plain(bool isValueTask) => new()
    {
        ResultType = null,
        RequestType = typeof(TaskRequest),
        ProxyMethod = typeof(GrainProxy).GetMethod(nameof(GrainProxy.CallVoid))!,
        ValueTaskFromTask = isValueTask ? typeof(ValueTask).GetConstructor([typeof(Task)]) : null,
        TaskFromValueTask = isValueTask ? typeof(ValueTask).GetMethod(nameof(ValueTask.AsTask)) : null,
    };

    private static CallShape WithResult(Type result, bool isValueTask)
    {
        var valueTask = typeof(ValueTask<>).MakeGenericType(result);
        return new CallShape
        {
            ResultType = result,
            RequestType = typeof(TaskRequest<>).MakeGenericType(result),
            ProxyMethod = typeof(GrainProxy).GetMethod(nameof(GrainProxy.Call))!.MakeGenericMethod(result),
            ValueTaskFromTask = isValueTask ? valueTask.GetConstructor([typeof(Task<>).MakeGenericType(result)]) : null,
            TaskFromValueTask = isValueTask ? valueTask.GetMethod(nameof(ValueTask.AsTask)) : null,
        };
    }
}
