using System.Collections.Frozen;
using System.Globalization;

namespace Sympozium.LocalCluster.Server.Protobuf;

/// <summary>The protobuf fields of the core kinds, read from the generated table <c>messages.txt</c>.</summary>
internal static class ProtobufMessages
{
    private static readonly Lazy<FrozenDictionary<string, IReadOnlyDictionary<int, ProtobufField>>> All = new(Load);

    /// <summary>How API groups are called in the table; those not named are not in it.</summary>
    private static readonly Dictionary<string, string> Packages = new(StringComparer.Ordinal)
    {
        ["v1"] = "core",
        ["batch/v1"] = "batch",
        ["rbac.authorization.k8s.io/v1"] = "rbac",
        ["authorization.k8s.io/v1"] = "authorization",
        ["authentication.k8s.io/v1"] = "authentication",
        ["coordination.k8s.io/v1"] = "coordination",
        ["networking.k8s.io/v1"] = "networking",
        ["apps/v1"] = "apps",
        ["autoscaling/v1"] = "autoscaling",
        ["discovery.k8s.io/v1"] = "discovery",
        ["policy/v1"] = "policy",
        ["scheduling.k8s.io/v1"] = "scheduling",
        ["storage.k8s.io/v1"] = "storage",
    };

    /// <summary>Name of a kind's message; null when it has none here.</summary>
    public static string? NameOf(string apiVersion, string kind)
    {
        if (kind == "DeleteOptions")
        {
            return "meta.DeleteOptions";
        }

        return Packages.TryGetValue(apiVersion, out string? package) && All.Value.ContainsKey($"{package}.{kind}") ? $"{package}.{kind}" : null;
    }

    public static IReadOnlyDictionary<int, ProtobufField> Fields(string message) => All.Value[message];

    private static FrozenDictionary<string, IReadOnlyDictionary<int, ProtobufField>> Load()
    {
        using Stream stream = typeof(ProtobufMessages).Assembly.GetManifestResourceStream("Sympozium.LocalCluster.Server.Protobuf.messages.txt")!;
        using StreamReader reader = new(stream);
        Dictionary<string, IReadOnlyDictionary<int, ProtobufField>> messages = new(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            messages[parts[0]] = parts[1..].Select(Read).ToDictionary(field => field.Number);
        }

        return messages.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static ProtobufField Read(string text)
    {
        string[] parts = text.Split(':');
        return new ProtobufField(
            int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], parts[2].TrimStart('*', '%'), parts[2][0] == '*', parts[2][0] == '%',
            parts.Length > 3, parts[1].Length == 0);
    }
}

/// <summary>One field: which number on the wire is which name in JSON.</summary>
internal sealed record ProtobufField(int Number, string Name, string Type, bool IsList, bool IsMap, bool KeepsZero, bool IsInline);
