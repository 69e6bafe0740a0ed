using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;

namespace Sympozium.GrainRuntime.Calls;

/// <summary>
/// Makes, once for each grain interface, a class that implements it and one request class for each of its methods, so that a call costs
/// no reflection.
/// </summary>
internal static class ProxyCompiler
{
    private static readonly ConcurrentDictionary<Type, Func<InterfaceBinding, string, GrainProxy>> Factories = new();
    private static readonly Lock Gate = new();
    private static ProxyAssembly? _assembly;

    public static Func<InterfaceBinding, string, GrainProxy> FactoryFor(Type interfaceType)
    {
        if (Factories.TryGetValue(interfaceType, out var factory))
        {
            return factory;
        }

        // The builders of one dynamic assembly are not made for several threads.
        lock (Gate)
        {
            return Factories.GetOrAdd(interfaceType, Compile);
        }
    }

    private static Func<InterfaceBinding, string, GrainProxy> Compile(Type interfaceType)
    {
        var methods = MethodsOf(interfaceType);
        var problems = methods.SelectMany(Problems).ToList();
        if (problems.Count > 0)
        {
            throw new NotSupportedException(
                $"Grain interface '{interfaceType}' cannot be called: {string.Join(' ', problems)}");
        }

        var assembly = _assembly ??= new ProxyAssembly();
        assembly.GrantAccessTo(interfaceType, methods);
        var proxy = assembly.DefineClass($"{interfaceType.Name}Proxy", typeof(GrainProxy), interfaceType);
        DefineConstructor(proxy);
        var described = methods.Select(method => DefineMethod(assembly, proxy, method)).ToList();
        var created = proxy.CreateType();
        foreach (var (field, method) in described)
        {
            created.GetField(field, BindingFlags.Public | BindingFlags.Static)!.SetValue(null, new GrainMethod(method));
        }

        return created.GetMethod("Make", BindingFlags.Public | BindingFlags.Static)!.CreateDelegate<Func<InterfaceBinding, string, GrainProxy>>();
    }

    private static List<MethodInfo> MethodsOf(Type interfaceType) =>
        [.. interfaceType.GetInterfaces().Prepend(interfaceType).SelectMany(type => type.GetMethods()).Where(method => !method.IsStatic)];

    private static IEnumerable<string> Problems(MethodInfo method)
    {
        if (method.IsGenericMethod)
        {
            yield return $"'{method.Name}' is generic.";
        }

        if (method.GetParameters().Any(parameter => parameter.ParameterType.IsByRef))
        {
            yield return $"'{method.Name}' has a parameter by reference.";
        }

        if (method.GetParameters().Count(parameter => parameter.ParameterType == typeof(CancellationToken)) > 1)
        {
            yield return $"'{method.Name}' has more than one cancellation token.";
        }

        var shape = CallShape.Of(method.ReturnType);
        if (shape is null)
        {
            yield return $"'{method.Name}' returns neither a task, a value task nor an async enumerable.";
        }
        else if (method.IsDefined(typeof(Orleans.Concurrency.OneWayAttribute)) && shape.ResultType is not null)
        {
            yield return $"'{method.Name}' is one-way but has a result.";
        }
    }

    private static void DefineConstructor(TypeBuilder proxy)
    {
        Type[] parameters = [typeof(InterfaceBinding), typeof(string)];
        var constructor = proxy.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, parameters);
        var il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Call, typeof(GrainProxy).GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, parameters)!);
        il.Emit(OpCodes.Ret);

        il = proxy.DefineMethod("Make", MethodAttributes.Public | MethodAttributes.Static, typeof(GrainProxy), parameters).GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Newobj, constructor);
        il.Emit(OpCodes.Ret);
    }

    // Task<R> M(A a) => Call(new Request(M) { a = a });
    private static (string Field, MethodInfo Method) DefineMethod(ProxyAssembly assembly, TypeBuilder proxy, MethodInfo method)
    {
        var shape = CallShape.Of(method.ReturnType)!;
        var request = RequestCompiler.Compile(assembly, method, shape);
        var descriptor = proxy.DefineField(
            ProxyAssembly.UniqueName(method.Name), typeof(GrainMethod), FieldAttributes.Public | FieldAttributes.Static);
        var types = Array.ConvertAll(method.GetParameters(), parameter => parameter.ParameterType);
        var builder = proxy.DefineMethod(
            $"{method.DeclaringType!.FullName}.{method.Name}",
            MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
            method.ReturnType,
            types);
        var il = builder.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldsfld, descriptor);
        il.Emit(OpCodes.Newobj, request.GetConstructor([typeof(GrainMethod)])!);
        for (var index = 0; index < types.Length; index++)
        {
            il.Emit(OpCodes.Dup);
            il.Emit(OpCodes.Ldarg, (short)(index + 1));
            il.Emit(OpCodes.Stfld, request.GetField(RequestCompiler.ArgumentName(index))!);
        }

        il.Emit(OpCodes.Call, shape.ProxyMethod);
        if (shape.ValueTaskFromTask is { } wrap)
        {
            il.Emit(OpCodes.Newobj, wrap);
        }

        il.Emit(OpCodes.Ret);
        proxy.DefineMethodOverride(builder, method);
        return (descriptor.Name, method);
    }
}
