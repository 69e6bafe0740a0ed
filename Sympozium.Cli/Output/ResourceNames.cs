using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Cli.Output;

/// <summary>Names of kinds and objects as kubectl prints them: <c>agentrun.sympozium.ai/name</c>, <c>pod/name</c>.</summary>
internal static class ResourceNames
{
    public static string Of(ResourceType type)
    {
        string kind = type.Kind.ToLowerInvariant();
        return type.Group.Length == 0 ? kind : $"{kind}.{type.Group}";
    }

    public static string Of(ResourceType type, JsonObject resource) => $"{Of(type)}/{NameOf(resource)}";

    public static string NameOf(JsonObject resource) => resource["metadata"]?["name"]?.GetValue<string>() ?? "";

    public static string? NamespaceOf(JsonObject resource) => resource["metadata"]?["namespace"]?.GetValue<string>();
}
