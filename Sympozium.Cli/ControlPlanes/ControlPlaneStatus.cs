using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Cli.ControlPlanes;

/// <summary>The content of <c>status.json</c>, which a control plane writes when it is ready.</summary>
internal sealed record ControlPlaneStatus(int Pid, Uri Gateway, Uri Kubernetes, string Kubeconfig, string TokenFile, string Version)
{
    /// <summary><c>full</c>, or what is not isolated and why; null when the control plane does not say.</summary>
    public string? Isolation { get; init; }

    /// <summary>Reads the file; null when there is none or a torn one.</summary>
    public static ControlPlaneStatus? TryRead(DataDirectory data)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(data.StatusFile)) is JsonObject content ? Parse(content) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or UriFormatException)
        {
            return null;
        }
    }

    private static ControlPlaneStatus? Parse(JsonObject content) =>
        content["pid"] is not { } pid || content["gateway"] is not { } gateway || content["kubernetes"] is not { } kubernetes
            ? null
            : new ControlPlaneStatus(
                pid.GetValue<int>(), new Uri(gateway.GetValue<string>()), new Uri(kubernetes.GetValue<string>()),
                content["kubeconfig"]?.GetValue<string>() ?? "", content["tokenFile"]?.GetValue<string>() ?? "",
                content["version"]?.GetValue<string>() ?? "unknown")
            {
                Isolation = content["isolation"]?.GetValue<string>(),
            };
}
