using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Orleans;
using Sympozium.Abstractions;
using Sympozium.Testing;

namespace Sympozium.Repository.Tests.Rules;

/// <summary>Silos of two builds meet during an update: what they say to each other is frozen in a file, and only grows.</summary>
public sealed partial class GrainContractTests
{
    private static readonly Type[] Interfaces =
    [
        .. typeof(GrainMessagesJson).Assembly.GetTypes().Where(type => type.IsInterface && typeof(IGrainWithStringKey).IsAssignableFrom(type))
            .OrderBy(AliasOf, StringComparer.Ordinal),
    ];

    private static readonly Type[] Messages =
    [
        .. Interfaces.SelectMany(type => type.GetMethods()).SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType))
            .SelectMany(type => type.IsGenericType ? type.GenericTypeArguments : [type]).Where(IsOurs).Distinct().OrderBy(AliasOf, StringComparer.Ordinal),
    ];

    [Fact]
    public void Contracts_OfGrains_AreThoseOfTheFile() => GoldenFile.Check(Path.Combine(RepositoryRoot.Path, "Sympozium.Abstractions", "OrleansContracts.txt"), Contracts());

    [Fact]
    public void InterfacesMethodsAndMessages_Always_HaveAliases() => SourceTree.AssertNone(
        Interfaces.SelectMany(type => type.GetMethods().Cast<MemberInfo>().Append(type)).Concat(Messages).Where(member => AliasOf(member).Length == 0)
            .Select(member => $"{member.DeclaringType?.Name}.{member.Name}"),
        "Give each an [Alias] of its own: silos of another build know it by that, whatever it is called there.");

    [Fact]
    public void Messages_Always_AreDescribedToTheSerializer() => SourceTree.AssertNone(
        Messages.Where(message => !GrainMessagesJson.Default.Options.TryGetTypeInfo(message, out _)).Select(message => message.FullName!),
        "Add [JsonSerializable(typeof(...))] for these to Sympozium.Abstractions/GrainMessagesJson.cs.");

    [Fact]
    public void Messages_Always_LeaveSerializationToJson() => SourceTree.AssertNone(
        SourceTree.CSharp.Where(file => !file.StartsWith("tests/", StringComparison.Ordinal) && !file.StartsWith("Sympozium.GrainRuntime/", StringComparison.Ordinal))
            .Where(file => SourceTree.Read(file).Contains("[GenerateSerializer]", StringComparison.Ordinal)),
        "Orleans would prefer the generated serializer to JSON: take the attribute away (docs/decisions/0021-orleans-on-clusters.md).");

    /// <summary>Orleans' ADO.NET storage knows a record by its state's name and the grain's key, not by the class.</summary>
    [Fact]
    public void StateNames_OfGrainClasses_AreDifferent() => SourceTree.AssertNone(
        SourceTree.CSharp.Where(file => file.StartsWith("Sympozium.Grains/", StringComparison.Ordinal))
            .SelectMany(file => StateName().Matches(SourceTree.Read(file)).Select(match => (Name: match.Groups[1].Value, File: file)))
            .GroupBy(state => state.Name, StringComparer.Ordinal).Where(states => states.Count() > 1)
            .Select(states => $"'{states.Key}': {string.Join(", ", states.Select(state => state.File))}"),
        "Two grain classes with the same key would share one record in PostgreSQL; rename one of the states.");

    private static string Contracts()
    {
        var text = new StringBuilder();
        text.Append("# What grains and their callers say to each other between processes. Lines may be added; a line that changes or goes breaks an update.\n");
        foreach (Type type in Interfaces)
        {
            text.Append(CultureInfo.InvariantCulture, $"\ninterface {AliasOf(type)}\n");
            foreach (MethodInfo method in type.GetMethods().OrderBy(AliasOf, StringComparer.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"  {AliasOf(method)}({string.Join(", ", method.GetParameters().Select(parameter => Name(parameter.ParameterType)))}) -> {Name(method.ReturnType)}\n");
            }
        }

        var seen = new HashSet<Type>();
        foreach (Type message in Messages)
        {
            Describe(text, message, seen);
        }

        return text.ToString();
    }

    private static void Describe(StringBuilder text, Type message, HashSet<Type> seen)
    {
        if (!seen.Add(message))
        {
            return;
        }

        JsonPropertyInfo[] members = [.. GrainMessagesJson.Default.Options.GetTypeInfo(message).Properties.Where(member => member.Get is not null).OrderBy(member => member.Name, StringComparer.Ordinal)];
        text.Append(CultureInfo.InvariantCulture, $"\nmessage {Name(message)}\n");
        foreach (JsonPropertyInfo member in members)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {member.Name}: {Name(member.PropertyType)}{(member.IsRequired ? " required" : "")}\n");
        }

        foreach (JsonPropertyInfo member in members.Where(member => IsOurs(member.PropertyType)))
        {
            Describe(text, member.PropertyType, seen);
        }
    }

    private static string Name(Type type) =>
        Nullable.GetUnderlyingType(type) is { } inner ? $"{Name(inner)}?"
        : type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GenericTypeArguments.Select(Name))}>"
        : IsOurs(type) && AliasOf(type) is { Length: > 0 } alias ? alias
        : type.Name;

    private static bool IsOurs(Type type) => type.Namespace?.StartsWith("Sympozium", StringComparison.Ordinal) == true;

    private static string AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias ?? "";

    [GeneratedRegex("""PersistentState\("([^"]+)""")]
    private static partial Regex StateName();
}
