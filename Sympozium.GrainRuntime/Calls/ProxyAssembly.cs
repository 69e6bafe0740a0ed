using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;

namespace Sympozium.GrainRuntime.Calls;

/// <summary>The dynamic assembly of proxies. It may see internal types of the assemblies whose interfaces it implements.</summary>
internal sealed class ProxyAssembly
{
    private static int _counter;

    private readonly HashSet<string> _granted = [];
    private readonly AssemblyBuilder _assembly;
    private readonly ModuleBuilder _module;
    private readonly ConstructorInfo _grant;

    public ProxyAssembly()
    {
        _assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Sympozium.GrainRuntime.Proxies"), AssemblyBuilderAccess.Run);
        _module = _assembly.DefineDynamicModule("Proxies");
        _grant = DefineGrant();
        Grant(typeof(ProxyAssembly).Assembly);
    }

    public static string UniqueName(string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}_{Interlocked.Increment(ref _counter)}");

    public TypeBuilder DefineClass(string name, Type parent, params Type[] interfaces) =>
        _module.DefineType(UniqueName(name), TypeAttributes.Public | TypeAttributes.Class | TypeAttributes.Sealed, parent, interfaces);

    /// <summary>Lets the proxies use the interface and what its methods take and give, also where these are internal.</summary>
    public void GrantAccessTo(Type interfaceType, IEnumerable<MethodInfo> methods)
    {
        Grant(interfaceType.Assembly);
        foreach (var method in methods)
        {
            GrantType(method.DeclaringType!);
            GrantType(method.ReturnType);
            foreach (var parameter in method.GetParameters())
            {
                GrantType(parameter.ParameterType);
            }
        }
    }

    private void GrantType(Type type)
    {
        Grant(type.Assembly);
        if (type.HasElementType)
        {
            GrantType(type.GetElementType()!);
        }

        foreach (var argument in type.GenericTypeArguments)
        {
            GrantType(argument);
        }
    }

    private void Grant(Assembly assembly)
    {
        var name = assembly.GetName().Name!;
        if (_granted.Add(name))
        {
            _assembly.SetCustomAttribute(new CustomAttributeBuilder(_grant, [name]));
        }
    }

    // The runtime knows this attribute by its name; no library declares it.
    private ConstructorInfo DefineGrant()
    {
        var type = _module.DefineType(
            "System.Runtime.CompilerServices.IgnoresAccessChecksToAttribute", TypeAttributes.Public | TypeAttributes.Class, typeof(Attribute));
        var field = type.DefineField("_assemblyName", typeof(string), FieldAttributes.Private);
        var constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, [typeof(string)]);
        var il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, typeof(Attribute).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, [])!);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Stfld, field);
        il.Emit(OpCodes.Ret);
        return type.CreateType().GetConstructor([typeof(string)])!;
    }
}
