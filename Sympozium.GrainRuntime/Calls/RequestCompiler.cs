using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;

namespace Sympozium.GrainRuntime.Calls;

/// <summary>Makes the class of the calls of one method: a field for each argument, and the call itself.</summary>
internal static class RequestCompiler
{
    private const MethodAttributes Override = MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.HideBySig;

    public static string ArgumentName(int index) => string.Create(CultureInfo.InvariantCulture, $"Argument{index}");

    public static Type Compile(ProxyAssembly assembly, MethodInfo method, CallShape shape)
    {
        var request = assembly.DefineClass($"{method.DeclaringType!.Name}{method.Name}Request", shape.RequestType);
        DefineConstructor(request, shape);
        var arguments = method.GetParameters()
            .Select((parameter, index) => request.DefineField(ArgumentName(index), parameter.ParameterType, FieldAttributes.Public))
            .ToList();
        DefineInvoke(request, shape, method, arguments);
        if (arguments.Find(argument => argument.FieldType == typeof(CancellationToken)) is { } token)
        {
            DefineToken(request, shape, token);
        }

        return request.CreateType();
    }

    private static void DefineConstructor(TypeBuilder request, CallShape shape)
    {
        var il = request.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, [typeof(GrainMethod)]).GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Call, shape.RequestType.GetConstructor(
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, [typeof(GrainMethod)])!);
        il.Emit(OpCodes.Ret);
    }

    // Task Invoke(object grain) => ((IGrainInterface)grain).M(this.a);
    private static void DefineInvoke(TypeBuilder request, CallShape shape, MethodInfo method, List<FieldBuilder> arguments)
    {
        var invoke = shape.RequestType.GetMethod("Invoke", [typeof(object)])!;
        var builder = request.DefineMethod(invoke.Name, Override, invoke.ReturnType, [typeof(object)]);
        var il = builder.GetILGenerator();
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Castclass, method.DeclaringType!);
        foreach (var argument in arguments)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, argument);
        }

        il.Emit(OpCodes.Callvirt, method);
        if (shape.TaskFromValueTask is { } convert)
        {
            var local = il.DeclareLocal(method.ReturnType);
            il.Emit(OpCodes.Stloc, local);
            il.Emit(OpCodes.Ldloca, local);
            il.Emit(OpCodes.Call, convert);
        }

        il.Emit(OpCodes.Ret);
        request.DefineMethodOverride(builder, invoke);
    }

    private static void DefineToken(TypeBuilder request, CallShape shape, FieldBuilder token)
    {
        var property = shape.RequestType.GetProperty("Token")!;
        var getter = request.DefineMethod(property.GetMethod!.Name, Override, typeof(CancellationToken), []);
        var il = getter.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, token);
        il.Emit(OpCodes.Ret);
        request.DefineMethodOverride(getter, property.GetMethod);

        var setter = request.DefineMethod(property.SetMethod!.Name, Override, typeof(void), [typeof(CancellationToken)]);
        il = setter.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Stfld, token);
        il.Emit(OpCodes.Ret);
        request.DefineMethodOverride(setter, property.SetMethod);
    }
}
